"""The texts an actor was last seen in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.actors.recent import Recent, cited, decode, encode, joined

_texts = st.builds(
    Recent.of,
    st.integers(0, 2**25),
    st.integers(0, 5),
    st.text(max_size=20),
    title=st.text(max_size=200),
    source=st.text(max_size=20),
    url=st.text(max_size=500),
)


@given(st.lists(_texts, max_size=30))
def test_what_is_kept_is_read_again(seen: list[Recent]) -> None:
    """Whatever stands in titles and names; few texts are kept, newest first, and of copies the earliest."""
    kept: tuple[Recent, ...] = ()
    for one in seen:
        kept = joined(kept, one)
    assert decode(encode(kept)) == kept
    assert list(kept) == sorted(kept, reverse=True)
    assert len({one.story for one in kept}) == len(kept) <= 12
    for one in kept:
        assert one == min(other for other in seen if other.story == one.story)


def test_a_surge_cites_what_came_since_it_began() -> None:
    """Older texts drive nothing."""
    texts = tuple(
        Recent.of(minute, minute, f"a-{minute}", title="News", source="The Wire", url="") for minute in (90, 60, 30)
    )
    assert [one.id for one in cited(texts, since=60)] == ["a-90", "a-60"]
