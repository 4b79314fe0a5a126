"""One id for one page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.identity import article_id, canonical_url

SAME = [
    "https://News.example/world/pact?id=7&page=2",
    "http://news.example:80/world/pact?page=2&id=7",
    "https://news.example:443/world/pact/?id=7&page=2#comments",
    "HTTPS://news.example./world/pact?utm_source=mail&id=7&fbclid=abc&page=2",
    " https://user@news.example/world/p%61ct?id=7&page=2 ",
]


@pytest.mark.parametrize("url", SAME)
def test_ways_of_writing_an_address_share_one_form(url: str) -> None:
    """Case, default port, fragment, tracking, order of the query and needless escapes make no other article."""
    assert canonical_url(url) == "https://news.example/world/pact?id=7&page=2"
    assert article_id(url) == article_id(SAME[0])


@pytest.mark.parametrize(
    "other",
    [
        "https://news.example/world/pact?id=8&page=2",
        "https://news.example/world/Pact?id=7&page=2",
        "https://news.example:8443/world/pact?id=7&page=2",
        "https://other.example/world/pact?id=7&page=2",
    ],
)
def test_other_pages_keep_other_ids(other: str) -> None:
    """What tells two pages apart is kept: parameter values, case of the path, port, host."""
    assert article_id(other) != article_id(SAME[0])


@given(
    st.one_of(
        st.text(),
        st.builds(
            "{}://{}{}{}".format,
            st.sampled_from(["http", "https", "HTTP", "ftp"]),
            st.sampled_from(["a.example", "A.example:80", "b.example:444", "[::1]", "ünï.example", "x..y", ""]),
            st.text(alphabet="/ab%é ?&=#+utm_source\ud800"),
            st.sampled_from(["", "?utm_medium=x", "?b=2&a=1&a=0", "#f"]),
        ),
    )
)
def test_the_canonical_form_is_canonical(url: str) -> None:
    """For any text at all: no crash, and the form of the form is the form."""
    once = canonical_url(url)
    assert canonical_url(once) == once


def test_without_an_address_the_words_count() -> None:
    """Two texts without address are the same article exactly when title and text are the same."""
    assert article_id(None, title="a", text="b") == article_id("", title="a", text="b")
    assert article_id(None, title="ab") != article_id(None, title="a", text="b")
