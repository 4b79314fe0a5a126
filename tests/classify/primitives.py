"""What the tests of the text readers share: a lexicon, articles of any shape, and the law that spans are exact."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import strategies as st

from monitor.classify.lexicon import Lexicon
from monitor.classify.text import Document

LEXICON = Lexicon.load("en")

PIECES = (
    "U.S.",
    "US",
    "India",
    "India's",
    "Indo-Japanese",
    "the Philippines'",
    "Georgia",
    "Jordan",
    "Washington, D.C.",
    "Manila",
    "Defence Minister",
    "Secretary of War",
    "counterpart",
    "ministers",
    "Gen.",
    "Lt. Gen.",
    "Mr.",
    "Rajnath Singh",
    "KIM You-geun",
    "Salman bin Hamad Al Khalifa",
    "Jr.",
    "de la",
    "O'Brien",
    "d’Orsay",
    "Côte d’Ivoire",
    "Häkkänen",
    "Ha\u0308kka\u0308nen",
    "Friday",
    "last week",
    "Oct. 31",
    "31st of October 2025",
    "2025-10-31",
    "29 February",
    "12/15",
    "ago",
    "10-year",
    "a decade",
    "until",
    "2035",
    "99999999999999999999",
    "$3.5 billion",
    "Rs",
    "crore",
    "pounds",
    "(AP)",
    "— AFP",
    "SEOUL, Aug. 22 - ",
    "Read more:",
    "By Jane Doe",
    "©",
    "signed",
    "said",
    "of",
    "and",
    "the",
    "in",
    ",",
    ".",
    "...",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "\x00",
    "\u2028",
    "•",
    "“",
    "”",
    '"',
    "'",
    "’",
    "(",
    ")",
    "-",
    "—",
    "İ",
    "ß",
    "ﬁ",
    "日本",
    "المغرب",
    "🇮🇳",
    "\ud800",
)
"""Fragments of news, and of what breaks programs."""

articles = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
)
"""Any text, and texts like news."""


def document(text: str, title: str = "") -> Document:
    """Return an English article."""
    return Document(title, text, LEXICON)


def assert_exact(doc: Document, mentions: Iterable[Any]) -> None:
    """Check that every mention quotes the article, lies in its sentence and comes in reading order."""
    previous = (-1, -1)
    for mention in mentions:
        raw = doc.part(mention.part).raw
        assert 0 <= mention.start < mention.end <= len(raw)
        assert mention.text == raw[mention.start : mention.end]
        sentence = doc.sentences[mention.sentence]
        assert sentence.part == mention.part
        assert sentence.start <= mention.start < sentence.end
        place = (mention.part == "text", mention.start)
        assert place >= previous
        previous = place


ADVERSARIES = {
    "one word": "a" * 1_000_000,
    "capitals": "A" * 1_000_000,
    "initials": "A." * 500_000,
    "full stops": "." * 1_000_000,
    "spaces": " " * 1_000_000,
    "line breaks": "\n \n" * 333_000,
    "digits": "1" * 1_000_000,
    "numbers": "1,1.1," * 166_000,
    "quotation marks": '"' * 1_000_000,
    "hyphens": "India-" * 166_000,
    "names": "Jordan Chad Georgia " * 50_000,
    "titles": "deputy foreign minister of the armed forces of the " * 20_000,
    "people": "Defence Minister Rajnath Singh and " * 28_000,
    "counterparts": "his counterpart X and his counterpart " * 26_000,
    "dates": "Oct. 31-Nov. 2, " * 62_000,
    "terms": "ten years of ten years until 2035 " * 29_000,
    "money": "$1 million " * 90_000,
    "agencies": "Reuters, AP and AFP with inputs from " * 27_000,
    "brackets": "(Photo: " * 125_000,
    "links": "https://a.b/" * 83_000,
    "bylines": "By Jane Doe\n" * 83_000,
    "datelines": "SEOUL, Aug. 22 - x\n\n" * 50_000,
    "congress": "Congress of India " * 55_000,
    "particles": "Bin al al al " * 77_000,
}
"""Texts of about 1 MB that make careless readers slow."""


def seconds(read: Callable[[], object]) -> float:
    """Return the processor seconds of a call."""
    start = time.process_time()
    read()
    return time.process_time() - start
