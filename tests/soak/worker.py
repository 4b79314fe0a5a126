"""A worker of the trial: the small domain of `tests.agents.fakes`, with rules that are published and taken up for real.

Settings come from the environment, as do ``CRASH_POINT`` and ``TRACE`` of `tests.agents.worker_process`.  What a set of
rules says does not matter here: its digest is the version that every report carries from then on.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any

from agents import parts as domain
from agents import rules
from agents.worker import run
from monitor.classify.files import RuleFiles
from monitor.logs import configure_logs
from monitor.settings import load
from tests.agents.crash_points import arm
from tests.agents.fakes import FakeClassifier, fake_parts

UNRULED = "unruled"
"""Version of what is found before any rules are published."""


@cache
def trace() -> int:
    """Return the descriptor of the file that gets the ids of all articles: one for all sets of rules."""
    return os.open(os.environ["TRACE"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


class Classifier(FakeClassifier):
    """Finds what `FakeClassifier` finds, under the version of its rules."""

    def __init__(self, files: RuleFiles | None) -> None:
        super().__init__()
        self._trace = trace()
        self.version = files.digest if files is not None else UNRULED


class Parts(domain.Parts):
    """The small domain in the place of the real one."""

    @classmethod
    def load(cls, files: RuleFiles | None = None) -> domain.Parts:
        """Return it."""
        small = fake_parts()
        return domain.Parts(
            classifier=Classifier(files),
            article_reports=small.article_reports,
            sightings=small.sightings,
            dossiers=small.dossiers,
            counts=small.counts,
        )


if __name__ == "__main__":
    settings = load()
    configure_logs(settings.log)
    if os.environ.get("CRASH_POINT"):
        arm(os.environ.pop("CRASH_POINT"))  # a worker that starts anew does not crash again
    watched: Any = rules  # from outside: the program's own way of finding rules stays as it is
    watched.Parts, watched.build = Parts, Classifier
    sys.exit(run(settings))
