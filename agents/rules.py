"""The rules in use, and newer ones taken up without a restart.

Rules come from the folder of the settings, or else from the topic `rules`, where `pactwatch rules publish` puts them.
Either is looked at again and again.  What is new is compiled in a thread and swapped in between two batches; what is
wrong is said in log, metric and health, and the old rules stay.  The last good ones are kept on disk, so that a worker
that starts again on broken rules goes on with those.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from agents.metrics import Metrics
from agents.parts import Classifier, Parts, build
from monitor.classify.files import RuleFiles
from monitor.errors import RecordError, RulesError
from monitor.kafka.ruleset import files_of
from monitor.kafka.view import View
from monitor.models.ruleset import KEY, Ruleset
from monitor.settings import Settings

log = structlog.get_logger(__name__)

LOOK = 1.0
"""Seconds between two looks at the folder or the topic; what two looks find alike is taken up."""

MEMORY = "rules.json"
"""The last good rules, in the worker's folder."""


@dataclass
class Rules:
    """The classifier in use; a batch takes it once, so that all its reports are made by the same rules."""

    classifier: Classifier
    fault: str = ""
    """Why newer rules are not in use; empty: they are."""


class RulesWatch:
    """Finds rules, at start and whenever they change."""

    def __init__(self, settings: Settings, folder: Path, metrics: Metrics) -> None:
        """Prepare; ``folder`` is the worker's own, where the last good rules are kept."""
        self._settings = settings
        self._memory = folder / MEMORY
        self._metrics = metrics
        self._used: str | None = None
        """Digest of the rules in use; None: those that come with the program."""
        self._refused: str | None = None
        self._view: View[Ruleset] | None = None
        self._fault = ""

    def parts(self) -> Parts:
        """Return the domain's functions with the rules to start with; blocks.

        Raises:
            RulesError: those of the folder are wrong, and none were good before.

        """
        remembered = self._remembered()
        if self._settings.rules is not None:
            try:
                files = RuleFiles.read(self._settings.rules)
                parts = Parts.load(files)
            except RulesError as error:
                if remembered is None:
                    raise
                self._fault = error.message
            else:
                self._used = files.digest
                self._remember(files)
                return parts
            log.error("rules are wrong; the last good ones are used", why=self._fault)
        self._used = remembered.digest if remembered is not None else None
        return Parts.load(remembered)

    async def start(self, rules: Rules) -> None:
        """Take up what is published before the first article is read.  Raises as `View.start` does."""
        rules.fault = self._fault
        self._show(rules)
        if self._settings.rules is None:
            self._view = View(self._settings, self._settings.kafka.topic("rules"), Ruleset.decode)
            await self._view.start()
            await self._take_up(*self._look(), rules)

    async def run(self, rules: Rules) -> None:
        """Take up what changes; never returns."""
        before: tuple[RuleFiles | None, str] | None = None
        try:
            while True:
                await asyncio.sleep(LOOK)
                found = await asyncio.to_thread(self._look)
                if self._view is not None or found == before:  # a folder may be looked at while it is written
                    await self._take_up(*found, rules)
                before = found
        finally:
            if self._view is not None:
                await self._view.stop()

    def _look(self) -> tuple[RuleFiles | None, str]:
        """Return the rules as they stand now, or what keeps them from being read."""
        if self._view is not None:
            record = self._view.get(KEY)
            return None if record is None else files_of(record), ""
        assert self._settings.rules is not None
        try:
            return RuleFiles.read(self._settings.rules), ""
        except RulesError as error:
            return None, error.message

    async def _take_up(self, files: RuleFiles | None, unread: str, rules: Rules) -> None:
        if unread:
            self._refuse(unread, unread, None, rules)
            return
        digest = files.digest if files is not None else None
        if digest == self._used:
            if rules.fault:
                log.info("rules are as before the mistake")
            rules.fault, self._refused = "", None
            self._show(rules)
            return
        if (digest or "") == self._refused:
            return
        try:
            classifier = await asyncio.to_thread(build, files)
        except RulesError as error:
            self._refuse(digest or "", error.message, error.hint, rules)
            return
        rules.classifier, rules.fault, self._refused, self._used = classifier, "", None, digest
        await asyncio.to_thread(self._remember, files)
        self._metrics.rules_reloads.labels(result="taken").inc()
        self._show(rules)
        log.info("new rules are in use", version=classifier.version)

    def _refuse(self, mark: str, why: str, hint: str | None, rules: Rules) -> None:
        if mark == self._refused:
            return
        self._refused, rules.fault = mark, why
        self._metrics.rules_reloads.labels(result="refused").inc()
        self._show(rules)
        log.error("new rules are wrong; the old ones stay", why=why, hint=hint)

    def _show(self, rules: Rules) -> None:
        self._metrics.rules.info({"version": rules.classifier.version})
        self._metrics.rules_broken.set(bool(rules.fault))

    def _remembered(self) -> RuleFiles | None:
        try:
            return files_of(Ruleset.decode(self._memory.read_bytes()), where=str(self._memory))
        except FileNotFoundError:
            return None
        except (OSError, RecordError) as error:
            log.warning("the last good rules cannot be read", file=str(self._memory), why=str(error))
            return None

    def _remember(self, files: RuleFiles | None) -> None:
        """Keep the rules for a start on broken ones; a disk that does not take them is no reason to stop."""
        try:
            if files is None:
                self._memory.unlink(missing_ok=True)
                return
            record = Ruleset(version=files.digest, files=dict(files.texts), at=datetime.now(UTC))
            new = self._memory.with_suffix(".new")
            new.write_bytes(record.encode())
            new.replace(self._memory)
        except OSError as error:
            log.warning("the rules cannot be kept", file=str(self._memory), why=str(error))
