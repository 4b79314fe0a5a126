"""The agencies that a text credits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from monitor.classify.credits import CreditKind, find_credits
from tests.classify.primitives import articles, assert_exact, document

CREDITS = {
    "They signed. (Source: IANS)": "IANS source",
    "MANILA, Philippines (AP) - The pact holds.": "AP dateline",
    "NEW DELHI, Oct 31 (PTI) India signed.": "PTI dateline",
    "They signed. (With inputs from PTI and ANI)": "PTI inputs, ANI inputs",
    "Additional reporting by Reuters": "Reuters inputs",
    "They signed.\n— AFP": "AFP signature",
    "They signed. (AFP)": "AFP signature",
    "Reuters reported the pact.": "Reuters reported",
    "An official told AFP so.": "AFP reported",
    "the TASS agency reported on Saturday": "TASS reported",
    "Japan's Kyodo News said so.": "Kyodo reported",
    "Agence France-Presse reported": "AFP reported",
}


@pytest.mark.parametrize("text", CREDITS)
def test_credits(text: str) -> None:
    """Whose the text is, and whom it cites."""
    found = find_credits(document(text))
    assert ", ".join(f"{mention.agency} {mention.kind}" for mention in found) == CREDITS[text]


@pytest.mark.parametrize(
    "text", ["an ap for phones", "the AP course is hard", "Sputnik V", "she told them", "a spa reported"]
)
def test_what_credits_nobody(text: str) -> None:
    """Words that look like an agency's letters."""
    assert find_credits(document(text)) == ()


def test_citing_is_weaker() -> None:
    """Only what is not merely cited says that the text is the agency's."""
    found = find_credits(document("Reuters reported it. (PTI)"))
    assert [mention.kind is CreditKind.REPORTED for mention in found] == [True, False]


@settings(max_examples=150, deadline=None)
@given(articles, articles)
def test_credits_are_exact(title: str, text: str) -> None:
    """Any text: mentions quote it, in reading order."""
    doc = document(text, title)
    assert_exact(doc, find_credits(doc))
