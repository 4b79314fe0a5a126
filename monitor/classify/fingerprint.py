"""The MinHash of a text, by which near-duplicates are told."""

from __future__ import annotations

from rensa import RMinHash

from monitor.classify.text import Document

PERMUTATIONS = 64
_SEED = 42
_SHINGLE = 3
_MOST_WORDS = 4_000
"""Longer texts are told by their beginning: news repeats from the top."""


def fingerprint(document: Document) -> tuple[int, ...]:
    """Return 64 values of 32 bits over the text's runs of three words; the title is left out: editors change it."""
    words = document.body.lower[:_MOST_WORDS] or document.title.lower
    if not words:
        return ()
    shingles = [" ".join(words[at : at + _SHINGLE]) for at in range(max(1, len(words) - _SHINGLE + 1))]
    hashed = RMinHash(PERMUTATIONS, _SEED)
    hashed.update(shingles)
    return tuple(hashed.digest())
