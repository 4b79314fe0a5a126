"""Which language an article is in, as far as the rules need to know."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.classify.files import FIRST
from monitor.classify.rules import RuleBook
from monitor.models.article import Article

_ENOUGH = 30
"""Words from which a text can be told by its small words; what is shorter is taken for English."""
_LOOKED_AT = 50
_SHARE = 0.1
"""Share of small words below which a text is in another language.

News has .35 and more of those of its own, and .05 of those that are of another alone.
"""

_SAME = {"eng": "en", "english": "en", "fra": "fr", "fre": "fr", "french": "fr", "francais": "fr"}

UNKNOWN = "und"
"""ISO 639 for "undetermined"."""


def language_of(article: Article, books: Mapping[str, RuleBook]) -> str:
    """Return the language of an article: as it says, or told by its small words; `UNKNOWN` when it is another.

    ``books``: the rules there are, by language.
    """
    stated = article.language
    if stated:
        stated = stated.replace("_", "-").partition("-")[0].strip().lower()
        stated = _SAME.get(stated, stated)
        return stated if len(stated) in (2, 3) and stated.isascii() and stated.isalpha() else UNKNOWN
    words = list(filter(str.isalpha, article.text[: _LOOKED_AT * 8].lower().split()))[:_LOOKED_AT]
    if len(words) < _ENOUGH:
        return FIRST
    # The first of equals, and English first: it is what most news is in.
    shares = {name: sum(map(book.small_words.__contains__, words)) for name, book in books.items()}
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] >= _SHARE * len(words) else UNKNOWN
