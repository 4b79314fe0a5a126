"""How a language joins words: small words that an apostrophe ties to the next ("l'accord", "d'Ivoire")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.classify.lexicon import Lexicon
from monitor.errors import RulesError

_WORD = (
    r"((?=[\w'])(?:{elided}[a-z]+(?=[ ,])"  # most words, told at once
    r"|'(?<=\w')[sS](?!\w)"  # the possessive is a word of its own
    r"|[A-Z]\.(?:[A-Z]\.)*[A-Z](?!\w)\.?"  # U.S., U.S.A., J.K.
    r"|\d+(?:[.,]\d+)*{char}*"  # 1,000  2.5  31st  2bn
    r"|{char}+(?:'(?![sS](?!\w)){char}+)*))"  # treaty, O'Brien, d’Orsay, don't
)
_PHRASE = r"({elided}(?<=\w)['’][sS](?!\w)|(?:[A-Z]\.)+[A-Z](?!\w)\.?|[^\W_]+(?:['’](?![sS](?!\w))[^\W_]+)*)"
_CHAR = r"[^\W_]"
_MARKED = "(?:[^\\W_]|[\u0300-\u036f])"
_MARKS = re.compile("[\u0300-\u036f]")
"""Accents that stand after their letter: rare, and a slower way to cut words."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How text and phrases are cut into words; every second piece is one."""

    text: re.Pattern[str]
    marked: re.Pattern[str]
    phrase: re.Pattern[str]
    gloss: Mapping[str, str]
    """What small words do, by the English word that does the same; empty in English itself."""

    @classmethod
    def compile(cls, lexicon: Lexicon) -> Spelling:
        """Read ``elided`` and ``gloss`` of ``text.toml``."""
        gloss = lexicon.table("text.toml").get("gloss", {})
        if not all(isinstance(words, list) for words in gloss.values()):
            raise RulesError(f"text.toml of language {lexicon.language}: each line of gloss should be a list of words")
        return cls.of(
            lexicon.words("text.toml", "elided"), {word: name for name, words in gloss.items() for word in words}
        )

    @classmethod
    def of(cls, elided: frozenset[str], gloss: Mapping[str, str]) -> Spelling:
        """Return the spelling of a language with some words that lose their last letter before a vowel."""
        forms = "|".join(sorted(re.escape(form) for word in elided for form in (word, word.capitalize(), word.upper())))
        text = _WORD.replace("{elided}", f"(?<!\\w)(?:{forms})'(?=\\w)|" if forms else "")
        phrase = _PHRASE.replace("{elided}", f"(?<!\\w)(?:{forms})['’](?=\\w)|" if forms else "")
        return cls(
            re.compile(text.replace("{char}", _CHAR)),
            re.compile(text.replace("{char}", _MARKED)),
            re.compile(phrase),
            gloss,
        )

    def cut(self, raw: str) -> list[str]:
        """Return the words of a text and the gaps around them, gap first; their lengths are those of ``raw``."""
        plain = raw.replace("’", "'")
        return (self.text if raw.isascii() or not _MARKS.search(raw) else self.marked).split(plain)


PLAIN = Spelling.of(frozenset(), {})
"""Of a language that ties no words."""
