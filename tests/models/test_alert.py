"""Alert ids: the same decision has the same id, another decision another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.models.alert import alert_id
from monitor.models.vocabulary import Reason

parts = st.tuples(st.text(), st.sampled_from(Reason), st.text(max_size=8), st.text(max_size=8), st.integers(0, 9))


@given(parts, parts)
def test_only_the_same_decision_has_the_same_id(
    one: tuple[str, Reason, str, str, int], other: tuple[str, Reason, str, str, int]
) -> None:
    """A decision taken again after a crash finds its old id; two decisions never share one."""
    if any("\x00" in part for decision in (one, other) for part in (decision[0], decision[2], decision[3])):
        return
    assert (alert_id(*one) == alert_id(*other)) == (one == other)
