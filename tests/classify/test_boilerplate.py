"""What stands around the story."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from monitor.classify.boilerplate import find_boilerplate, in_boilerplate
from tests.classify.primitives import articles, assert_exact, document

PAGE = """By Jane Doe and John Roe

WARSAW - Poland signed a pact on Friday. By signing, it agreed to host troops. For more than a decade it had waited.

Photo: Ministry of Defence
Read more: Sweden joins the alliance
Follow us on Facebook.

Related stories:
Japan and Australia sign an access pact
Britain and Germany agree a treaty
https://news.example/abc/def
© 2025 The Daily. All rights reserved.
(Reporting by Jane Doe; Editing by John Roe)
Published: Oct 31, 2025
"""


def test_a_page() -> None:
    """Bylines, captions, pointers, lists of other stories and rights are told from the story."""
    found = find_boilerplate(document(PAGE))
    assert [(mention.kind.value, mention.text) for mention in found] == [
        ("byline", "By Jane Doe and John Roe"),
        ("caption", "Photo: Ministry of Defence"),
        ("read_more", "Read more: Sweden joins the alliance"),
        ("social", "Follow us on Facebook."),
        ("related", "Related stories:"),
        ("related", "Japan and Australia sign an access pact"),
        ("related", "Britain and Germany agree a treaty"),
        ("links", "https://news.example/abc/def"),
        ("copyright", "© 2025 The Daily."),
        ("copyright", "All rights reserved."),
        ("byline", "(Reporting by Jane Doe; Editing by John Roe)"),
        ("byline", "Published: Oct 31, 2025"),
    ]


STORIES = [
    "By signing, Poland agreed to host troops.",
    "By Friday both parliaments had voted.",
    "From Paris, the minister flew to Rome.",
    "Readers may recall the pact.",
    "The photo shows both ministers.",
    "Watching closely, Moscow protested.",
    "Comments by the minister caused a stir.".replace("Comments", "Remarks"),
    "Related talks go on in Oslo.",
]


@pytest.mark.parametrize("text", STORIES)
def test_stories_stay(text: str) -> None:
    """Sentences that begin like boilerplate and are the story."""
    assert find_boilerplate(document(text)) == ()


def test_glued_marks_end_where_the_story_begins() -> None:
    """Where a page lost its line breaks only the mark and the caption are cut away."""
    story = "Poland and France signed a treaty in Nancy that binds each to help the other."
    assert [mention.text for mention in find_boilerplate(document(f"ADVERTISEMENT {story}"))] == ["ADVERTISEMENT"]
    caption = "(Photo: Jane Doe, AFP)"
    assert [mention.text for mention in find_boilerplate(document(f"{caption} {story}"))] == [caption]


def test_inside() -> None:
    """An offset is looked up in what was found; the title is never boilerplate."""
    doc = document("The pact holds.\nRead more: Sweden joins\nThe end.")
    found = find_boilerplate(doc)
    assert [in_boilerplate(found, "text", offset) for offset in (0, 16, 30, 45)] == [False, True, True, False]
    assert not in_boilerplate(found, "title", 20)
    assert not in_boilerplate((), "text", 20)


@settings(max_examples=150, deadline=None)
@given(articles, articles)
def test_boilerplate_is_exact(title: str, text: str) -> None:
    """Any text: stretches quote it and do not overlap."""
    doc = document(text, title)
    found = find_boilerplate(doc)
    assert_exact(doc, found)
    edges = [edge for mention in found for edge in (mention.start, mention.end)]
    assert edges == sorted(edges)
