"""The jars of the embedded broker: resolved once, checked against `jars.lock` at every start."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import BrokerError

LOCK = Path(__file__).with_name("jars.lock")

_ELSEWHERE = "or set kafka.bootstrap_servers to a Kafka that runs elsewhere"


@dataclass(frozen=True, slots=True)
class Jar:
    """A line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        """File name."""
        return f"{self.artifact}-{self.version}.jar"

    def is_at(self, path: Path) -> bool:
        """Tell whether the file is there, whole and unchanged."""
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False


Resolver = Callable[[Jar, Path], Path]
"""Brings a jar somewhere below a folder and says where; raises OSError or RuntimeError when it cannot."""


def read_lock(path: Path = LOCK) -> tuple[Jar, ...]:
    """Read the list of jars."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(Jar(*line.split()) for line in lines if line and not line.startswith("#"))


def from_repository(jar: Jar, folder: Path) -> Path:
    """Resolve a jar with jgo from the Maven repositories of the user's own jgo configuration, or the public one."""
    from jgo.config import GlobalSettings  # noqa: PLC0415 - costs 0.3 s, needed at the first start alone
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415
    from jgo.maven import MavenContext  # noqa: PLC0415

    repositories = GlobalSettings.load().repositories or {"central": MAVEN_CENTRAL_URL}
    context = MavenContext(repo_cache=folder, local_repos=[], remote_repos=repositories, timeout=30)
    path: Path = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    return path


def class_path(
    folder: Path,
    *,
    jars: Iterable[Jar] | None = None,
    resolve: Resolver = from_repository,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> str:
    """Return the class path, bringing into ``folder`` what is missing there or is not what the lock says.

    Args:
        folder: where the jars are kept.
        jars: what to have; by default the lock.
        resolve: how to get one.
        progress: told how many of how many were brought.

    Raises:
        BrokerError: no network, no room, or a file that is not the one of the lock.

    """
    wanted = tuple(jars) if jars is not None else read_lock()
    missing = [jar for jar in wanted if not jar.is_at(folder / jar.name)]
    if missing:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as scratch:
                _bring(missing, folder, Path(scratch), resolve, progress)
        except OSError as error:
            raise _explain(error, folder) from error
    return os.pathsep.join(str(folder / jar.name) for jar in wanted)


def _bring(
    missing: list[Jar], folder: Path, scratch: Path, resolve: Resolver, progress: Callable[[int, int], None]
) -> None:
    with ThreadPoolExecutor(8) as pool:
        waiting = {pool.submit(resolve, jar, scratch): jar for jar in missing}
        try:
            for done, future in enumerate(as_completed(waiting), 1):
                jar = waiting[future]
                # Atomic: a second process that starts now sees all of the file or nothing.
                _checked(future.result, jar).replace(folder / jar.name)
                progress(done, len(missing))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _checked(result: Callable[[], Path], jar: Jar) -> Path:
    try:
        path = result()
    except RuntimeError as error:
        raise BrokerError(
            f"{jar.name}, a part of the embedded broker, was not found: {error}",
            hint=f"look at the [repositories] of your jgo configuration, if you have one, {_ELSEWHERE}",
        ) from error
    if not jar.is_at(path):
        raise BrokerError(
            f"{jar.name} is not the file it should be: its SHA-256 is not that of {LOCK.name}",
            hint="the download was cut short, or a proxy or mirror gave another file: try again, "
            f"then another network {_ELSEWHERE}",
        )
    return path


def _explain(error: OSError, folder: Path) -> BrokerError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BrokerError(f"no room for the embedded broker in {folder}", hint="free some 100 MB there and try again")
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM) and error.filename:
        return BrokerError(
            f"cannot write to {folder}: {error.strerror}", hint="let XDG_CACHE_HOME name a folder that can be written"
        )
    return BrokerError(
        "the embedded broker (Apache Kafka, 43 MB) could not be downloaded; this is needed once, at the first start",
        hint=f"check the network or the proxy and try again, copy {folder} from a machine that has it, {_ELSEWHERE}",
    )


def free_bytes(folder: Path) -> int:
    """Return the room left where ``folder`` is or will be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free
