"""Several processes that sift the blocks of an archive; results come in the order of the blocks, whoever was faster."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess

from monitor.archive.sift import Block, Sifted, Sifter
from monitor.classify.files import RuleFiles
from monitor.errors import PactwatchError

_AHEAD = 2
"""Blocks that each process has been given: the one it sifts, and the next."""


def cores() -> int:
    """Return how many processes can run at the same time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew:
    """Use as a context manager; with one process the work is done here.

    The processes end with the context, and also when this process is killed.
    """

    def __init__(self, rules: Sequence[RuleFiles | None], processes: int) -> None:
        """Build the classifiers; raises RulesError."""
        self.sifter = Sifter.load(rules)
        self._rules = rules
        self._count = processes
        self._ends: list[Connection] = []
        self._processes: list[BaseProcess] = []

    def __enter__(self) -> Crew:
        # A forked process has the classifiers at once, and shares their memory; elsewhere each builds its own.
        forks = sys.platform == "linux"
        context: ForkContext | SpawnContext = get_context("fork") if forks else get_context("spawn")
        for _ in range(self._count if self._count > 1 else 0):
            ours, theirs = context.Pipe()
            inherited = [*self._ends, ours] if forks else []
            given = self.sifter if forks else self._rules
            process = context.Process(target=_work, args=(theirs, inherited, given), daemon=True)
            process.start()
            theirs.close()
            self._ends.append(ours)
            self._processes.append(process)
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.terminate()
            process.join()

    def sift(self, blocks: Iterable[Block]) -> Iterator[Sifted]:
        """Yield the result of each block, in their order; raises PactwatchError when a process has ended."""
        if not self._ends:
            yield from map(self.sifter.sift, blocks)
            return
        waiting: deque[int] = deque()
        try:
            for number, block in enumerate(blocks):
                turn = number % len(self._ends)
                if len(waiting) >= _AHEAD * len(self._ends):
                    yield self._result(waiting.popleft())
                self._ends[turn].send(block)
                waiting.append(turn)
            while waiting:
                yield self._result(waiting.popleft())
        except (EOFError, OSError):
            raise PactwatchError(
                "a process of the backtest has ended", hint="was it killed, or out of memory? try --processes 1"
            ) from None

    def _result(self, turn: int) -> Sifted:
        result: Sifted | BaseException = self._ends[turn].recv()
        if isinstance(result, BaseException):
            raise result
        return result


def _work(end: Connection, inherited: list[Connection], given: Sifter | Sequence[RuleFiles | None]) -> None:
    """Sift what comes until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other end decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:
        other.close()  # or it would never be seen to close
    sifter = given if isinstance(given, Sifter) else Sifter.load(given)
    blocks: queue.SimpleQueue[Block | None] = queue.SimpleQueue()

    def receive() -> None:
        """Take blocks as they come, so that none who sends one waits for the result of another."""
        with suppress(EOFError, OSError):
            while True:
                blocks.put(end.recv())
        blocks.put(None)

    threading.Thread(target=receive, daemon=True).start()
    with suppress(BrokenPipeError):
        while (block := blocks.get()) is not None:
            try:
                end.send(sifter.sift(block))
            except BrokenPipeError:
                raise
            except Exception as error:  # noqa: BLE001 - raised again at the other end
                end.send(PactwatchError(f"a block cannot be read: {type(error).__name__}: {error}"))
