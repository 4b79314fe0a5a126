"""Titles in a text: "US Secretary of War", "chief of staff of the Armed Forces of the Philippines"."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.classify.countries import CountryMention, MentionKind
from monitor.classify.persons.model import Office
from monitor.classify.persons.words import RoleWords
from monitor.classify.text import TextPart

_TIGHT = frozenset((" ", "-", "‑", "\n", "  "))
_LEFT = frozenset((MentionKind.NAME, MentionKind.DEMONYM, MentionKind.SEAT, MentionKind.ORGANISATION))
_LONGEST = 14
"""Words of the longest title read."""


@dataclass(frozen=True, slots=True)
class Title:
    """A title: ``words[first:last]``; ``outer`` is where its possessive ("India's") and article begin."""

    outer: int
    first: int
    last: int
    head: str
    text: str
    office: Office
    plural: bool
    mirror: bool
    """It stands for the title of another ("counterpart")."""
    rank: bool
    country: str | None
    country_mention: CountryMention | None
    countries: tuple[str, ...]
    """Of a plural title, all states it names."""
    has_article: bool


class Nations:
    """Where a part names states, by word."""

    def __init__(self, part: TextPart, countries: Sequence[CountryMention]) -> None:
        self.starts: dict[int, tuple[int, CountryMention]] = {}
        self.ends: dict[int, tuple[int, CountryMention]] = {}
        self.covered: set[int] = set()
        for mention in countries:
            if mention.part == part.name:
                first, last = part.word_at(mention.start), part.word_at(mention.end)
                self.starts.setdefault(first, (last, mention))
                self.ends.setdefault(last, (first, mention))
                self.covered.update(range(first, last))


class TitleReader:
    """Finds the titles of one part."""

    def __init__(self, part: TextPart, words: RoleWords, nations: Nations) -> None:
        self.part, self.words, self.nations = part, words, nations
        self.lower, self.gaps = part.lower, part.gaps
        self.count = len(part.lower)

    def read(self, name_starts: list[int], name_ends: list[int]) -> list[Title]:
        """Return the titles near a name, in reading order; the names' ends are one past their last words."""
        heads, free = self.words.heads, 0
        titles: list[Title] = []
        for number in self.part.numbers_of(heads.keys()):
            if number >= free and _is_near(number, name_starts, name_ends) and not self._goes_on(number):
                title = self._title(number, free)
                before = titles[-1] if titles else None
                if before and self._is_second_half(before, title):
                    titles[-1] = _together(before, title)
                else:
                    titles.append(title)
                free = title.last
        return titles

    def _goes_on(self, number: int) -> bool:
        """Tell whether a head only describes the next: "deputy" in "deputy foreign minister"."""
        lists, heads = self.words.lists, self.words.heads
        at = number
        while self.lower[at] in lists["modifiers"] and at + 1 < self.count and at < number + _LONGEST:
            at += 1
            if self.gaps[at] not in _TIGHT and not self._is_after_rank(at):
                return False
            if at in self.nations.starts:
                at = self.nations.starts[at][0]
                if at >= self.count:
                    return False
            if self.lower[at] in heads:
                is_rank = self.lower[at] in lists["ranks"]
                return not is_rank or self.lower[number] in lists["ranks"] | lists["rank_words"]
        return False

    def _is_after_rank(self, number: int) -> bool:
        """Tell whether a gap is the full stop of a rank: "Lt. Gen."."""
        return self.gaps[number] in (". ", ".") and self.lower[number - 1] in self.words.lists["ranks"]

    def _is_second_half(self, before: Title, title: Title) -> bool:
        """Tell whether two titles are one person's: "Crown Prince and Prime Minister"."""
        return (
            title.outer == before.last + 1
            and self.lower[before.last] in self.words.lists["joiners"]
            and self.gaps[before.last] == self.gaps[title.outer] == " "
            and not (before.plural or title.plural or title.country or before.mirror or title.mirror)
            and all(self.part.words[number][0].isupper() for number in (before.first, title.first))
        )

    def _title(self, number: int, free: int) -> Title:
        head, plural = self.words.heads[self.lower[number]]
        first, left = self._leftwards(number, free)
        outer, left = self._owner(first, left)
        last, right = self._rightwards(number)
        own = [word for word in range(first, last) if word not in self.nations.covered or word > number]
        words = frozenset(self.lower[word] for word in range(first, last))
        text = self._text(own, number, last, right)
        if plural:
            text = _singular(text, self.part.words[number], head)
        known = self.words.only_in.get(text.lower())
        mention = left or (right[0] if right else None)
        code = mention.code if mention else known
        lists = self.words.lists
        return Title(
            outer,
            first,
            last,
            head,
            text,
            self.words.office(head, words),
            plural,
            head in lists["mirrors"],
            head in lists["ranks"] and words <= lists["ranks"] | lists["rank_words"],
            code,
            mention,
            tuple(found.code for found in self._listed(outer, left) or right) if plural else (),
            outer > 0 and (self.lower[outer - 1] in lists["articles"] or self.lower[outer - 1] == "'s"),
        )

    def _leftwards(self, number: int, free: int) -> tuple[int, CountryMention | None]:
        """Return where the words before a head begin, and the state among them."""
        modifiers, nations = self.words.lists["modifiers"], self.nations
        first, mention = number, None
        while first > max(free, number - _LONGEST) and (self.gaps[first] in _TIGHT or self._is_after_rank(first)):
            before = nations.ends.get(first)
            if before and before[1].kind in _LEFT and mention is None and before[0] >= free:
                first, mention = before
            elif self.lower[first - 1] in modifiers and first - 1 not in nations.covered:
                first -= 1
            else:
                break
        return first, mention

    def _owner(self, first: int, mention: CountryMention | None) -> tuple[int, CountryMention | None]:
        """Return the beginning of "India's" or "the Philippines'" before a title."""
        gap = self.gaps[first]
        if first > 1 and self.lower[first - 1] in ("'s", *self.words.lists["whose"]) and gap in _TIGHT:
            before = self.nations.ends.get(first - 1)  # "Bolivia, whose president"
        elif first and gap.strip() in ("'", "’"):
            before = self.nations.ends.get(first)
        else:
            before = None
        if before is None:
            return first, mention
        return before[0], mention or before[1]

    def _listed(self, outer: int, mention: CountryMention | None) -> list[CountryMention]:
        """Return the states of "the Austrian, Czech and Swiss ministers", in order."""
        listed = [mention] if mention else []
        at, joiners = outer, self.words.lists["joiners"]
        while mention and at > 1:
            step = 1 if self.lower[at - 1] in joiners and self.gaps[at] == " " else 0
            before = self.nations.ends.get(at - step)
            if before is None or self.gaps[at - step] not in (" ", ", ") or (not step and self.gaps[at] != ", "):
                break
            listed.insert(0, before[1])
            at = before[0]
        return listed if len(listed) > 1 else []

    def _rightwards(self, number: int) -> tuple[int, list[CountryMention]]:
        """Return where a title ends, and the states that "of" gives it."""
        last = number + 1
        for tail in self.words.tails[self.words.heads[self.lower[number]][0]]:
            end = last + len(tail)
            if tuple(self.lower[last:end]) == tail and all(gap in _TIGHT for gap in self.gaps[last:end]):
                last = end
                break
        found: list[CountryMention] = []
        adjective = self.nations.starts.get(last) if self.words.adjective_after else None
        if adjective and adjective[1].kind is MentionKind.DEMONYM and self.gaps[last] == " ":
            last = adjective[0]  # "ministre français des Armées"
            found.append(adjective[1])
        while last < self.count and last < number + _LONGEST and self.gaps[last] == " ":
            if self.lower[last] not in self.words.lists["of"]:
                break
            end, mentions = self._object(last + 1)
            if end == last + 1:
                break
            if self.part.gloss[last] == "of" or any(mention.possessive for mention in mentions):
                found += mentions
            last = end
        return last, found

    def _object(self, number: int) -> tuple[int, list[CountryMention]]:
        """Return the end of what follows "of", and the states in it; the beginning where nothing fits."""
        articles, joiners = (self.words.lists[key] for key in ("articles", "joiners"))
        mentions: list[CountryMention] = []
        end = number
        at = number
        while at < self.count and at < number + _LONGEST:
            gap = self.gaps[at]
            if (
                at > number
                and gap
                and gap not in _TIGHT
                and not (gap == ", " and mentions and at in self.nations.starts)
            ):
                break
            if at in self.nations.starts:
                at, mention = self.nations.starts[at]
                mentions.append(mention)
                end = at
            elif self.lower[at] == "'s" and end == at > number and at in self.nations.ends:
                at += 1  # "Secretary General of Oman's Ministry of Defence"
            elif self._is_object(at):
                at += 1
                end = at
            elif (
                (end == number and self.lower[at] in articles)
                or (end > number and self.lower[at] in joiners)
                or (end > number and self.lower[at - 1] in joiners and self.lower[at] in articles)
            ):
                at += 1
            else:
                break
        if number < end < self.count and self.lower[end] in self.words.heads and self.gaps[end] in _TIGHT:
            end = self._before_joiner(number, end)
        return end, mentions

    def _is_object(self, at: int) -> bool:
        """Tell whether a word belongs to what a title is over; "general" is none, but in "general staff"."""
        if self.lower[at] not in self.words.lists["objects"]:
            return False
        following = self.lower[at + 1] if at + 1 < self.count and self.gaps[at + 1] in _TIGHT else ""
        return (
            self.lower[at] not in self.words.heads
            or f"{self.lower[at]} {following}" in self.words.lists["object_pairs"]
        )

    def _before_joiner(self, number: int, end: int) -> int:
        """Give back "and Foreign" of "Minister of Defence and Foreign Minister"."""
        joiners = self.words.lists["joiners"]
        return next((at for at in range(end - 1, number, -1) if self.lower[at] in joiners), end)

    def _text(self, own: list[int], number: int, last: int, right: list[CountryMention]) -> str:
        """Return a title as people write it: "Secretary of War", without the state."""
        if right and last > number + 1:
            while own and (own[-1] in self.nations.covered or self.lower[own[-1]] in _SMALL):
                if own[-1] <= number:
                    break
                own = own[:-1]
        words, covered = self.part.words, self.nations.covered
        owned = {at for at in own if self.lower[at] == "'s" and at - 1 in covered}
        pieces: list[str] = []
        for at in own:
            if owned and (at in owned or at in covered):
                if at in owned:
                    pieces.append(" the")
                continue
            tied = at - 1 in own and self.gaps[at] in ("-", "‑", "")
            joint = self.gaps[at] if pieces and tied else " " if pieces else ""
            word = words[at]
            small = word.lower() in _SMALL
            kept = word if word.isupper() and len(word) < 4 and not self.part.all_caps else word.capitalize()
            pieces.append(joint + (word.lower() if small else kept))
        return "".join(pieces)


def _is_near(number: int, name_starts: list[int], name_ends: list[int]) -> bool:
    """Tell whether a name stands close enough to a head to be its holder's."""
    after = bisect_left(name_starts, number)
    if after < len(name_starts) and name_starts[after] - number < _LONGEST:
        return True
    before = bisect_right(name_ends, number) - 1
    return before >= 0 and number - name_ends[before] < _LONGEST


def _singular(text: str, form: str, head: str) -> str:
    return text.replace(form.capitalize(), head.capitalize())


def _together(before: Title, title: Title) -> Title:
    """Return the one title that two of one person make."""
    return Title(
        before.outer,
        before.first,
        title.last,
        title.head,
        f"{before.text} and {title.text}",
        title.office,
        plural=False,
        mirror=False,
        rank=False,
        country=before.country,
        country_mention=before.country_mention,
        countries=(),
        has_article=before.has_article,
    )


_SMALL = frozenset(("of", "for", "to", "and", "the", "in", "at", "on", "de", "des", "la", "le", "du", "del", "y", "et"))
