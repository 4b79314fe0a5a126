"""Names of parties, instruments and stages as a reader says them; flags; dates and lists in words."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import pycountry
from babel import Locale
from babel.core import UnknownLocaleError
from babel.numbers import format_decimal, get_currency_name

from monitor.models.agreement import Snapshot
from monitor.models.report import Cost
from monitor.models.vocabulary import Instrument, Status, Subject
from monitor.slack.text import clean

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNKNOWN_FLAG = "🏳️"
_ORGANISATION = "🌐"


@cache
def words() -> dict[str, Any]:
    """Return the data of `words.toml`."""
    return tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Party:
    """A party as shown: ``name`` alone, ``in_sentence`` with its article, and ``flag``."""

    name: str
    in_sentence: str
    flag: str


@lru_cache(maxsize=4096)
def party(code: str) -> Party:
    """Name a party: an ISO 3166 alpha-3 code, or an organisation's short name, which is untrusted."""
    country = pycountry.countries.get(alpha_3=code)
    alpha_2 = "XK" if code == "XKX" else getattr(country, "alpha_2", None)
    if alpha_2 is None:
        in_sentence = words()["organisations"].get(code) or clean(code)
        return Party(_bare(in_sentence), in_sentence, words()["emblems"].get(code, _ORGANISATION))
    name = str(words()["countries"].get(code) or _cldr().get(alpha_2) or getattr(country, "name", code))
    in_sentence = f"the {name}" if code in words()["the"]["codes"] else name
    flag = "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in alpha_2)
    return Party(_bare(name), in_sentence, flag)


@cache
def _cldr() -> dict[str, str]:
    try:
        return dict(Locale.parse("en").territories)
    except UnknownLocaleError:  # a stripped build of Babel: pycountry's names do
        return {}


def _bare(name: str) -> str:
    return name.removeprefix("the ")


def listed(items: Sequence[str], *, most: int = 4) -> str:
    """Join in words: ``a``, ``a and b``, ``a, b and c``; beyond ``most`` the rest is counted."""
    if len(items) > most:
        return f"{', '.join(items[: most - 1])} and {len(items) - most + 1} others"
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def flags(codes: Sequence[str], *, most: int = 6) -> str:
    """Return the parties' flags in a row."""
    return " ".join(party(code).flag for code in codes[:most]) or _UNKNOWN_FLAG


def day(value: date) -> str:
    """Return ``31 Oct 2025``: a day has no zone, so it is no ``<!date^...>``."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def years(value: float) -> str:
    """Return ``10 years``, ``1 year``, ``6 months``, ``2.5 years``."""
    if 0 < value < 1 and abs(value * 12 - round(value * 12)) < 0.05 and round(value * 12) > 0:
        months = round(value * 12)
        return f"{months} month{'' if months == 1 else 's'}"
    return f"{number(value)} year{'' if value == 1 else 's'}"


def number(value: float) -> str:
    """Return a number without needless decimals."""
    return f"{value:.10g}" if abs(value) < 1e10 else f"{value:.3g}"


def money(cost: Cost) -> str:
    """Return ``US$2.3 billion``-like text: ``2.3 billion US dollars``."""
    amount, scale = cost.amount, ""
    for size, name in ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")):
        if abs(amount) >= size:
            amount, scale = amount / size, name
            break
    currency = cost.currency.upper() if len(cost.currency) == 3 else ""
    shown = get_currency_name(currency, count=2, locale="en") if currency.isascii() and currency else cost.currency
    count = format_decimal(round(amount, 2), locale="en") if abs(amount) < 1e15 else number(amount)
    return f"{count}{scale} {clean(shown)}".strip()


def stage(status: Status) -> dict[str, str]:
    """Return mark, label and verbs of a stage."""
    found: dict[str, str] = words()["stages"][status.value]
    return found


def in_words(word: str) -> str:
    """Return a member of a vocabulary in words: ``warm_up`` -> ``warm up``."""
    return word.replace("_", " ")


def capital(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]


def topics(subjects: Sequence[Subject]) -> str:
    """Return the subjects in words: ``logistics and maritime security``."""
    return listed([words()["subjects"][subject.value] for subject in subjects])


def instrument(snapshot: Snapshot) -> str:
    """Return what was agreed, in two or three words: ``defence framework``, ``military logistics agreement``."""
    key = snapshot.subjects[0].value if len(snapshot.subjects) == 1 else Subject.GENERAL_DCA.value
    adjective, noun = words()["adjectives"][key], words()["instruments"][snapshot.instrument.value]
    if snapshot.instrument is Instrument.EXCHANGE_OF_NOTES:
        return f"exchange of notes on {words()['subjects'][key]}"
    if snapshot.instrument is Instrument.JOINT_STATEMENT:
        return f"joint {adjective} statement"
    return f"{adjective} {noun}"


def noun_phrase(snapshot: Snapshot, *, known: bool = False) -> str:
    """Return the instrument with its article, term and short name: ``a 10-year defence framework``; "the" if known."""
    phrase = instrument(snapshot)
    if snapshot.years and snapshot.years >= 1:
        phrase = f"{number(snapshot.years)}-year {phrase}"
    article = "the" if known else "an" if phrase[0] in "aeio" or phrase.startswith(("8", "11-", "18-")) else "a"
    acronym = clean(snapshot.acronym or "")
    return f"{article} {phrase} ({acronym})" if acronym else f"{article} {phrase}"
