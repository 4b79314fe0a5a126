"""Which language an article is in, as far as the rules need to know."""

from __future__ import annotations

from monitor.classify.rules import RuleBook
from monitor.models.article import Article

_ENOUGH = 30
"""Words from which a text can be told by its small words; what is shorter is taken for the rules' own language."""
_LOOKED_AT = 50
_SHARE = 0.1
"""Share of small words below which a text is in another language; English news has .35 and more, French .05."""

_SAME = {"eng": "en", "english": "en"}

UNKNOWN = "und"
"""ISO 639 for "undetermined"."""


def language_of(article: Article, book: RuleBook) -> str:
    """Return the language of an article: as it says, or told by its small words; `UNKNOWN` when it is another."""
    stated = article.language
    if stated:
        stated = stated.replace("_", "-").partition("-")[0].strip().lower()
        stated = _SAME.get(stated, stated)
        return stated if len(stated) in (2, 3) and stated.isascii() and stated.isalpha() else UNKNOWN
    words = list(filter(str.isalpha, article.text[: _LOOKED_AT * 8].lower().split()))[:_LOOKED_AT]
    if len(words) < _ENOUGH:
        return book.language
    small = sum(map(book.small_words.__contains__, words))
    return book.language if small >= _SHARE * len(words) else UNKNOWN
