"""Which language an article is in, as far as the rules need to know."""

from __future__ import annotations

from monitor.classify.rules import RuleBook
from monitor.models.article import Article

_ENOUGH = 30
"""Words from which a text can be told by its small words; what is shorter is taken for the rules' own language."""
_LOOKED_AT = 200
_SHARE = 0.08
"""Share of small words below which a text is in another language; English news has .35 and more, French .05."""
_SMALL = ("determiner", "preposition", "conjunction", "pronoun", "auxiliary")

_SAME = {"eng": "en", "english": "en"}

UNKNOWN = "und"
"""ISO 639 for "undetermined"."""


def language_of(article: Article, book: RuleBook) -> str:
    """Return the language of an article: as it says, or told by its small words; `UNKNOWN` when it is another."""
    stated = article.language.replace("_", "-").partition("-")[0].strip().lower()
    if stated:
        return _SAME.get(stated, stated)
    words = article.text[: _LOOKED_AT * 12].lower().split()[:_LOOKED_AT]
    if len(words) < _ENOUGH:
        return book.language
    known = frozenset().union(*(book.grammar[name] for name in _SMALL))
    small = sum(word in known for word in words)
    return book.language if small >= _SHARE * len(words) else UNKNOWN
