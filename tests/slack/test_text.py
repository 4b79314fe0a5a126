"""Text from articles: cleaned, cut and escaped, by law and by example."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.slack.text import clean, code, cut, escape, http_url, length, link, plain, safe
from tests.slack.slack_limits import HIDDEN


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=300))
def test_clean_text_hides_nothing_and_stays_as_it_is(text: str) -> None:
    """Cleaning leaves one line without hidden characters, and a second cleaning changes nothing."""
    once = clean(text)
    assert clean(once) == once
    assert not set(once) & HIDDEN
    assert "\n" not in once


@given(st.text(max_size=300), st.integers(1, 80))
def test_a_cut_never_exceeds_its_limit(text: str, limit: int) -> None:
    """The limit holds for what is sent: escaped, in UTF-16 units."""
    shorter = cut(text, limit)
    assert length(escape(shorter)) <= limit
    assert shorter == text or shorter.endswith("…")


def test_a_cut_comes_at_the_end_of_a_word() -> None:
    """A reader never sees half a word, unless a single one is too long."""
    assert cut("a framework for the major defence partnership", 30) == "a framework for the major…"
    assert cut("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize("torn", ["🇮🇳🇺🇸🇫🇷🇯🇵", "👩‍🚀👩‍🚀👩‍🚀👩‍🚀", "e\u0302e\u0302\u0323e\u0302\u0323e\u0302"])
def test_a_cut_tears_no_flag_emoji_or_accent(torn: str) -> None:
    """Whatever the limit, what is left is made of whole signs."""
    for limit in range(2, length(torn)):
        left = cut(torn, limit).removesuffix("…")
        rest = torn[len(left) :]
        assert torn.startswith(left)
        flags = sum("\U0001f1e6" <= char <= "\U0001f1ff" for char in left)
        assert flags % 2 == 0
        assert not rest or not (unicodedata.combining(rest[0]) or rest[0] == "\u200d" or left.endswith("\u200d"))


def test_mark_up_and_mentions_lose_their_meaning_and_keep_their_look() -> None:
    """Nothing in a title commands Slack, and a person still reads what it said."""
    shown = safe("<!channel> *now* _x_ ~y~ `z` @here :tada: <@U1>", 200)
    assert "<" not in shown
    assert not set("*_~`") & set(shown)
    assert "@here" not in shown
    assert ":tada:" not in shown
    assert shown.startswith("&lt;!channel&gt; ∗now∗")
    assert safe("> said the minister", 50) == "› said the minister"
    assert plain("a :x: b", 50) == "a ꞉x: b"


def test_code_keeps_its_underscores() -> None:
    """A rule's id can be copied from the message; only what would end the code is replaced."""
    assert code("signed.by_both`<x>", 60) == "`signed.by_bothʻ&lt;x&gt;`"


def test_text_from_right_to_left_stays_in_its_place() -> None:
    """It is set apart, so that it cannot turn the sentence around it."""
    assert safe("اتفاقية", 50) == "\u2068اتفاقية\u2069"
    assert safe("abc\u202edef", 50) == "abcdef"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ledger.example/a?x=1&y=<2>|z", "https://ledger.example/a?x=1&amp;y=%3C2%3E%7Cz"),
        ("HTTPS://ledger.example/ä", "https://ledger.example/%C3%A4"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("javascript:alert(1)", None),
        ("https://user:secret@ledger.example/", None),
        ("https://ledger.example/a\nb", None),
        ("https://[::1", None),
        ("//ledger.example/", None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links(url: str | None, shown: str | None) -> None:
    """Other schemes, logins and broken addresses are left out; no address can end its link early."""
    assert http_url(url) == shown
    assert link(url, "a|b", 500) == ("a|b" if shown is None else f"<{shown}|a¦b>")
