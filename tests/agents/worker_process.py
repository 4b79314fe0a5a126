"""A worker as a process of its own, with the small domain of `fakes`: ``python -m tests.agents.worker_process``.

Settings come from the environment.  ``CRASH_POINT=step:count`` ends the process (as kill -9 does) when it comes to a
step for the count-th time; the steps are set by `crash_points`, not by the program.
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
        arm(os.environ["CRASH_POINT"])
    sys.exit(run(settings, parts=fake_parts))
