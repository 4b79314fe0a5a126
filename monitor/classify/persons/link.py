"""Which name belongs to which title, in one part of an article."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.classify.countries import CountryMention, MentionKind
from monitor.classify.persons.names import NameReader
from monitor.classify.persons.roles import Nations, Title, TitleReader
from monitor.classify.persons.words import RoleWords
from monitor.classify.text import TextPart

_COMMA = frozenset((", ", " (", " - ", " – ", " — "))
_SIGNERS = frozenset((MentionKind.NAME, MentionKind.CAPITAL, MentionKind.ORGANISATION))
"""Whom one signs for: never an adjective ("for Kenyan troops")."""
_STATES = frozenset((MentionKind.NAME, MentionKind.DEMONYM, MentionKind.CAPITAL, MentionKind.ORGANISATION))


@dataclass(frozen=True, slots=True)
class Use:
    """A name in a text, with the title and the state that stand beside it."""

    part: TextPart
    first: int
    last: int
    title: Title | None
    country: str | None
    country_mention: CountryMention | None

    @property
    def length(self) -> int:
        """Words of the name."""
        return self.last - self.first


class Linker:
    """Finds the names of one part and gives each its title."""

    def __init__(
        self,
        part: TextPart,
        words: RoleWords,
        countries: Sequence[CountryMention],
        stops: Sequence[tuple[int, int]],
        *,
        capitals: bool,
        is_common: Callable[[str], bool],
    ) -> None:
        self.part, self.words = part, words
        self.lower, self.gaps = part.lower, part.gaps
        self.count = len(part.lower)
        self.nations = Nations(part, countries)
        blocked = set(self.nations.covered)
        for first, last in stops:
            blocked.update(range(first, last))
        self.names = NameReader(part, words, blocked, capitals=capitals, is_common=is_common)
        self.uses: dict[int, Use] = {}
        """By first word."""
        self.name_ends: dict[int, int] = {}
        self.name_starts: dict[int, int] = {}
        self._read_names()
        self.titles = TitleReader(part, words, self.nations).read(sorted(self.name_starts), sorted(self.name_ends))
        self.title_at = {title.first: title for title in self.titles}

    def link(self) -> tuple[list[Use], list[int]]:
        """Return the names of several words or with a title, and the words that stand alone, in reading order."""
        previous: Title | None = None
        for title in self.titles:
            effective = _mirrored(title, previous) if title.mirror and previous else title
            is_held = self._names_after(title, effective) or self._name_before(title, effective)
            if is_held and not (effective.rank and previous):
                previous = effective
        alone = []
        for first, last in self.name_starts.items():
            if first not in self.uses:
                if last - first == 1:
                    alone.append(first)
                else:
                    mention = self._state_beside(first, last)
                    self.uses[first] = Use(self.part, first, last, None, mention.code if mention else None, mention)
        return [self.uses[first] for first in sorted(self.uses)], sorted(alone)

    def _read_names(self) -> None:
        free, read, blocked, stops = 0, self.names.read, self.names.blocked, self.words.stops
        told = not self.names.capitals  # by the capital alone
        starts = [number for number in self.part.capitals if self.lower[number] not in stops and number not in blocked]
        for number in starts:
            if number >= free:
                last = read(number, force=told and self.part.words[number].isalpha())
                if last > number:
                    self._know(number, last)
                    free = last

    def _know(self, first: int, last: int) -> None:
        self.name_starts[first] = last
        self.name_ends[last] = first

    def _names_after(self, title: Title, effective: Title) -> bool:
        """Link "Defence Minister X", "ministers X and Y", "India's minister, X,"."""
        at = self._skip_honorifics(title.last, title)
        if at is None or at >= self.count:
            return False
        chained = self.title_at.get(at)
        last = self._after_rank(effective, chained) if chained is not None and chained.rank else None
        if last is None:
            last = self._name_at(at, title)
            if last is None:
                return False
            self._add(at, last, effective, _owner(effective, 0))
        if title.plural:
            self._others(last, effective)
        return True

    def _after_rank(self, effective: Title, rank: Title) -> int | None:
        """Link "Defence Minister Gen. X", the office being the title, and return the end of the name."""
        nation = self.words.rank_names.get(self.lower[rank.first])
        states = (
            {effective.country} if effective.country else {mention.code for _, mention in self.nations.starts.values()}
        )
        if nation in states and not self.gaps[rank.last].startswith("."):
            at, last = rank.first, self.names.read(rank.last)  # a given name that looks like a rank: Gen Nakatani
            found = last > rank.last
        else:
            at = self._skip_honorifics(rank.last, rank) or rank.last
            end = self._name_at(at, rank)
            found, last = end is not None, end or at
        if not found:
            return None
        self._forget(at, last)
        self._add(at, last, effective, _owner(effective, 0))
        return last

    def _name_at(self, at: int, title: Title) -> int | None:
        """Return the end of the name that begins at a word, as it follows a title."""
        last = self.name_starts.get(at)
        if last is not None:
            return last if at not in self.uses or self.uses[at].title is None else None
        gap = self.gaps[at] if at < self.count else ""
        is_given = (
            at in self.nations.starts and self.nations.starts[at][0] == at + 1 and gap == " " and at == title.last
        )
        if is_given and at + 1 < self.count and self.gaps[at + 1] == " " and at + 1 in self.name_starts:
            end = self.names.read(at, force=True)  # "Defence Minister Israel Katz"
            self._forget(at, end)
            return end
        return None

    def _forget(self, first: int, last: int) -> None:
        """Replace the names inside ``words[first:last]`` by that one name."""
        for start in range(first, last):
            end = self.name_starts.pop(start, None)
            if end is not None:
                self.name_ends.pop(end, None)
                self.uses.pop(start, None)
        self._know(first, last)

    def _skip_honorifics(self, at: int, title: Title) -> int | None:
        """Return where the name after a title begins; None when something else comes between."""
        honorifics = self.words.lists["honorifics"]
        if at < self.count and self.lower[at] in self.words.lists["there"] and self.gaps[at] == " ":
            at += 1  # "Iran's ambassador there, X,"
        if at >= self.count:
            return None
        gap = self.gaps[at]
        chained = self.title_at.get(at)
        if gap == ", " and chained and chained.rank and title.office.value != "other":
            return at
        is_list = gap in (", ", ": ") and (
            title.has_article or title.outer < title.first or title.country or title.plural
        )
        if gap not in (" ", "\n", ". ", "  ") and not is_list:
            return None
        if gap == ". " and not title.rank:
            return None
        if at + 1 < self.count and self.lower[at] in self.words.lists["articles"] and self.lower[at + 1] in honorifics:
            at += 1  # "the minister, the Hon. X"
        while at + 1 < self.count and self.lower[at] in honorifics and self.gaps[at + 1] in (" ", ". ", ".", ") "):
            at += 1
        if gap in (", ", ": "):
            last = self.name_starts.get(at)
            if last is None or (last - at < 2 and not title.plural) or self._has_title_after(last):
                return None
        return at

    def _has_title_after(self, last: int) -> bool:
        """Tell whether a name is followed by a title of its own: "the minister, X, the president,"."""
        at = last + (last < self.count and self.lower[last] in self.words.lists["articles"])
        return last < self.count and self.gaps[last] == ", " and at in self.title_at

    def _others(self, last: int, title: Title) -> None:
        """Link the further names of a plural title: "ministers X, Y and Z"."""
        holder = 0
        joiners, honorifics = self.words.lists["joiners"], self.words.lists["honorifics"]
        while last < self.count:
            at = self._past_owner(last)
            if at >= self.count or self.gaps[at] not in (", ", " "):
                return
            if self.gaps[at] == " " and self.lower[at] not in joiners:
                return
            start = at + (self.lower[at] in joiners)
            while start + 1 < self.count and self.lower[start] in honorifics:
                start += 1
            rank = self.title_at.get(start)
            if rank is not None and rank.rank:
                start = rank.last
            end = self.name_starts.get(start)
            if end is None or start in self.uses:
                return
            holder += 1
            self._add(start, end, title, _owner(title, holder))
            last = end

    def _past_owner(self, last: int) -> int:
        """Return where "of Ghana" or "for Ghana" after a name ends."""
        found = self._behind(last)
        return found[0] if found else last

    def _behind(self, last: int) -> tuple[int, CountryMention] | None:
        """Return the end of "of Ghana", "(Ghana)", "for Ghana", "signed for Ghana" behind a name, and the state."""
        lists, at = self.words.lists, last
        if at >= self.count:
            return None
        if self.gaps[at] in (" (", " ["):
            found = self.nations.starts.get(at)
            return found if found and found[1].kind in _STATES else None
        while at < self.count and at < last + 3 and self.gaps[at] in (" ", ", ") and self.lower[at] in lists["signing"]:
            at += 1
        if at >= self.count or self.gaps[at] not in (" ", ", ") or self.lower[at] not in lists["behalf"]:
            return None
        is_of = self.part.gloss[at] == "of"
        at += 1
        at += at < self.count and self.lower[at] in lists["articles"]
        found = self.nations.starts.get(at)
        if found is None or found[1].kind not in (_STATES if is_of else _SIGNERS):
            return None
        if found[0] < self.count and self.lower[found[0]] in lists["signed_by"] and self.gaps[found[0]] == " ":
            return None  # "X, for Sweden by Y": Y's
        return found

    def _state_beside(self, first: int, last: int) -> CountryMention | None:
        """Return the state of a name without a title: "Brazil's X", "X signed for Brazil"."""
        if first > 1 and self.lower[first - 1] == "'s" and self.gaps[first] == " ":
            before = self.nations.ends.get(first - 1)
            if before is not None and before[1].kind in _STATES:
                return before[1]
        behind = self._behind(last)
        return behind[1] if behind else None

    def _name_before(self, title: Title, effective: Title) -> bool:
        """Link "X, the German defence minister", "X, India's defence minister", "X (prime minister)"."""
        at = title.outer
        while at > 0 and self.gaps[at] == " " and self.lower[at - 1] in self.words.lists["articles"]:
            at -= 1
        while at > 1 and self.gaps[at] == " " and self.lower[at - 1] in self.words.lists["is"]:
            at -= 1
        if at == 0 or at >= self.count:
            return False
        gap = self.gaps[at]
        if at > 1 and self.lower[at - 1] in self.words.lists["postnominals"] and self.gaps[at - 1] in (" ", ", "):
            at -= 1  # "Scott Morrison MP, Prime Minister"
        if not (gap in _COMMA or gap in ("., ", ".,") or at < title.outer - 1):
            return False
        first = self.name_ends.get(at)
        if first is None and gap == ", ":
            first, at = self._name_with_country(at)
        if first is None or (at - first < 2 and title.office.value == "other"):
            return False
        use = self.uses.get(first)
        if use is not None and use.title is not None and not use.title.rank:
            return False
        self._add(first, at, effective, effective.country)
        return True

    def _name_with_country(self, at: int) -> tuple[int | None, int]:
        """Return the name before "of Ghana, the defence minister"."""
        before = self.nations.ends.get(at)
        if before and before[0] > 1 and self.part.gloss[before[0] - 1] == "of":
            end = before[0] - 1
            return self.name_ends.get(end), end
        return None, at

    def _add(self, first: int, last: int, title: Title, country: str | None) -> None:
        """Note a name; what stands right behind it may name its state: "X of Ghana", "X (Ghana)"."""
        mention = title.country_mention if country else None
        if country is None:
            behind = self._behind(last)
            if behind:
                mention, country = behind[1], behind[1].code
        self.uses[first] = Use(self.part, first, last, title, country, mention)


def _owner(title: Title, holder: int) -> str | None:
    """Return the state of a title's holders, the first being 0: "ministers of Ghana and Togo, X and Y"."""
    if len(title.countries) > 1:
        return title.countries[holder] if holder < len(title.countries) else None
    return title.country


def _mirrored(title: Title, previous: Title) -> Title:
    """Return the title that "his Japanese counterpart" stands for."""
    return Title(
        title.outer,
        title.first,
        title.last,
        previous.head,
        previous.text,
        previous.office,
        title.plural,
        title.mirror,
        rank=False,
        country=title.country,
        country_mention=title.country_mention,
        countries=(),
        has_article=True,
    )
