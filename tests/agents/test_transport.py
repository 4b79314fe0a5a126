"""The law of the batch transport: what is committed has been left, and what has been left gets committed."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from agents.lease import Lease
from agents.transport import BatchConsumer
from tests.agents.harness import no_end

PARTITION = TP("articles", 0)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.integers(1, 5)),
        st.tuples(st.just("leave"), st.integers(0, 3)),
        st.tuples(st.just("commit"), st.just(0)),
        st.tuples(st.just("seek"), st.integers(0, 12)),
    ),
    max_size=60,
)


class Model:
    """A consumer with nothing around it, driven as Faust drives it, and beside it what must be true of it."""

    def __init__(self) -> None:
        self.consumer: Any = BatchConsumer.__new__(BatchConsumer)
        self.consumer._batched = frozenset({"articles"})
        self.consumer._delivered = {}
        self.consumer._lease = Lease(1000, on_break=no_end)
        self.consumer._lease.assign()
        self.consumer._acked = defaultdict(list)
        self.consumer._acked_index = defaultdict(set)
        self.consumer._committed_offset = defaultdict(lambda: None)
        self.position = 0
        self.at_work: list[tuple[int, int]] = []
        self.left: set[int] = set()
        self.committed = 0

    def deliver(self, size: int) -> None:
        """Hand over a batch."""
        first, last = self.position, self.position + size - 1
        self.consumer._remember(PARTITION, first, last)
        self.at_work.append((first, last))
        self.left -= set(range(first, last + 1))
        self.position = last + 1

    def leave(self, which: int) -> None:
        """Leave a batch at work, as the compiled stream acknowledges it."""
        if which >= len(self.at_work):
            return
        first, last = self.at_work.pop(which)
        self.left |= set(range(first, last + 1))
        committed = self.consumer._committed_offset[PARTITION]
        if (committed is None or last >= committed) and last not in self.consumer._acked_index[PARTITION]:
            self.consumer._acked_index[PARTITION].add(last)
            self.consumer._acked[PARTITION].append(last)

    def commit(self) -> int | None:
        """Commit what may be, as Faust does."""
        offset: int | None = self.consumer._new_offset(PARTITION)
        if offset is not None and offset > self.committed:
            self.committed = offset
            self.consumer._committed_offset[PARTITION] = offset
        return offset

    def seek(self, offset: int) -> None:
        """Read again from an earlier offset; batches at work are finished first, as a stream is read in order."""
        while self.at_work:
            self.leave(0)
        self.position = min(offset, self.position)


@given(STEPS)
def test_commits_follow_what_was_left_and_never_run_ahead(steps: list[tuple[str, int]]) -> None:
    """For any deliveries, rewinds, batches left in any order and commits in between."""
    model = Model()
    for step, argument in steps:
        if step == "commit":
            before = model.committed
            offset = model.commit()
            assert set(range(before, offset or 0)) <= model.left, "committed before it was left"
        else:
            getattr(model, step)(argument)
    model.seek(model.position)
    model.commit()
    assert model.committed >= model.position, "left and not committed"


def test_nothing_is_committed_between_a_revocation_and_the_next_assignment() -> None:
    """A batch that was left half done has been acknowledged like any other, and must not count."""
    model = Model()
    model.deliver(3)
    model.consumer._lease.revoke()
    model.leave(0)
    assert model.commit() is None
