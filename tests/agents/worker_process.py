"""A worker as a process of its own, with the small domain of `fakes`: ``python -m tests.agents.worker_process``.

Settings come from the environment.  ``CRASH_POINT=step`` kills the process when it first comes to a step of track, and
``CRASH_POINT=step:STOP`` freezes it; the steps are set by `crash_points`, not by the program.  ``TRACE=file``
gets the id of every article that is classified.  ``REAL=1`` takes the real domain.
"""

from __future__ import annotations

import os
import sys

from agents.worker import run
from monitor.logs import configure_logs
from monitor.settings import load
from tests.agents.crash_points import arm
from tests.agents.fakes import fake_parts

if __name__ == "__main__":
    settings = load()
    configure_logs(settings.log)
    if os.environ.get("CRASH_POINT"):
        arm(os.environ.pop("CRASH_POINT"))  # a worker that starts anew does not crash again
    real = bool(os.environ.get("REAL"))
    sys.exit(run(settings, parts=None if real else lambda: fake_parts(trace=os.environ.get("TRACE"))))
