"""Runs a command and never lets it outlive the process that asked for it.

    python guard.py FD GRACE COMMAND...

FD is the reading end of a pipe whose other end the asking process holds.  When that process ends, however it
ends, the pipe closes: the guard sends SIGTERM, waits GRACE seconds, then kills.  A SIGTERM or SIGINT to the guard
does the same.  The guard returns the command's own exit code (128 + signal when a signal ended it).

Run by path in an interpreter of its own (`python -I -S`), so it imports nothing but the standard library and
starts in a few milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG = 1


def _die_with_guard() -> None:
    """Have Linux end the command should the guard itself be killed; elsewhere that one case is not covered."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def main(leash: int, grace: float, command: list[str]) -> int:
    """Run ``command`` until it ends, the leash breaks or a signal comes."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: asked.append(received))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        # The guard has one thread, so running Python between fork and exec is safe here.
        child = subprocess.Popen(command, preexec_fn=_die_with_guard)  # noqa: PLW1509, S603 - and `child.py` names the command
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127
    deadline: float | None = None
    watched = [leash, woken]
    while child.poll() is None:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready = select.select(watched, [], [], left)[0]
        if woken in ready:
            os.read(woken, 4096)
        if leash in ready and not os.read(leash, 4096):
            asked.append(signal.SIGTERM)
            watched.remove(leash)
        if deadline is None and asked:
            child.terminate()
            deadline = time.monotonic() + grace
        elif deadline is not None and time.monotonic() >= deadline:
            child.kill()
            deadline = None if child.poll() is not None else time.monotonic() + grace
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
