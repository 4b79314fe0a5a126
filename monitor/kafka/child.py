"""A child process on a leash: it ends with us, whatever ends us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_GUARD = Path(__file__).with_name("guard.py")


class Child:
    """A command under the guard of `guard.py`, in a session of its own.

    A Ctrl-C in the terminal does not reach it, so that whoever started it decides the order of ends.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        grace: float,
        environment: Mapping[str, str] | None = None,
        stdout: IO[bytes] | int | None = None,
        stderr: IO[bytes] | int | None = None,
        keep: Sequence[int] = (),
    ) -> None:
        """Start the command.

        Args:
            command: program and arguments.
            grace: seconds between SIGTERM and SIGKILL.
            environment: of the command; ours when not given.
            stdout: where its output goes, as `subprocess.Popen` takes it.
            stderr: the same.
            keep: file descriptors that it inherits.

        """
        self.grace = grace
        held, self._leash = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - its callers name the programs
                [sys.executable, "-I", "-S", str(_GUARD), str(held), str(grace), *command],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=None if environment is None else dict(environment),
                pass_fds=(held, *keep),
                start_new_session=True,
            )
        except BaseException:
            os.close(self._leash)
            raise
        finally:
            os.close(held)

    @property
    def pid(self) -> int:
        """Process id of the guard: a SIGTERM to it ends the command in good order."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask the command to end; return at once."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """End the command and wait until it is gone, at most twice its grace; return its exit code."""
        self.terminate()
        return self.wait(2 * self.grace + 1)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; when it does not come in time, break the leash and kill."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            return self._process.wait()
        finally:
            self._release()

    def _release(self) -> None:
        if self._leash >= 0:
            os.close(self._leash)
            self._leash = -1
