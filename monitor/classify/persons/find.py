"""From names in places to people: the same person's full name, surname and titles brought together."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from monitor.classify.countries import CountryMention
from monitor.classify.gazetteer import EntryKind
from monitor.classify.persons.link import Linker, Use
from monitor.classify.persons.model import Office, Person, PersonMention
from monitor.classify.persons.words import RoleWords
from monitor.classify.text import Document, Span, TextPart


def find_persons(doc: Document, countries: Sequence[CountryMention]) -> tuple[Person, ...]:
    """Return the people of an article, in order of their first mention.

    A person is who has a title beside the name, a common given name, or does what people do ("said", "signed").
    """
    return _People(doc, countries).find()


@dataclass(slots=True)
class _Draft:
    """A person while the article is being read."""

    name: str
    words: tuple[str, ...]
    """Of the name, in small letters, without suffix."""
    uses: list[tuple[Use, bool]] = field(default_factory=list)


class _People:
    def __init__(self, doc: Document, countries: Sequence[CountryMention]) -> None:
        self.doc, self.countries = doc, countries
        self.words = doc.lexicon.part(RoleWords)
        self.drafts: list[_Draft] = []
        self.by_name: dict[tuple[str, ...], _Draft] = {}
        self.by_word: dict[str, _Draft] = {}
        self.linkers: dict[str, Linker] = {}
        self.small: dict[str, bool] = {}
        self.addressed: set[str] = set()
        """Surnames with "Mr" or the like before them."""

    def find(self) -> tuple[Person, ...]:
        body = self.doc.body
        uses: list[Use] = []
        alone: list[tuple[TextPart, int]] = []
        for part, hits in zip((body, self.doc.title), reversed(self.doc.hits), strict=True):
            stops = [(hit.first, hit.last) for hit in hits if hit.entries[0].kind is EntryKind.STOP]
            stops += [(s.first, part.word_at(s.dateline_end)) for s in part.sentences if s.dateline_end]
            linker = Linker(
                part,
                self.words,
                self.countries,
                stops,
                capitals=_says_nothing(part),
                is_common=_never if part is body or body.all_caps else self._is_written_small,
            )
            self.linkers[part.name] = linker
            linked, single = linker.link()
            uses += linked
            alone += [(part, number) for number in single]
            self._address(part, linker)
        others: list[Use] = []
        known = [use for use in uses if use.length > 1 and self._is_person(use)]
        edges = {(use.part.name, edge) for use in known for edge in (use.first, use.last)}
        # "X and Brunei's second minister, Y": the title of Y begins where Y does.
        edges |= {(use.part.name, use.title.outer) for use in known if use.title and use.title.outer < use.first}
        for use in uses:
            if use.length > 1 and ((use.part.name, use.first) in edges or self._stands_with(use, edges)):
                self._full(use)
                edges.update(((use.part.name, use.first), (use.part.name, use.last)))
            else:
                others.append(use)
        for use in others:
            if use.length > 1:
                self._shortened(use)
            else:
                self._single(use)
        for part, number in alone:
            draft = self.by_word.get(part.lower[number])
            if draft is not None:
                draft.uses.append((Use(part, number, number + 1, None, None, None), len(draft.words) == 1))
        people = [self._finish(draft) for draft in self.drafts]
        return tuple(sorted(people, key=_place))

    def _address(self, part: TextPart, linker: Linker) -> None:
        """Note the surnames that "Mr" and the like come before."""
        for number in part.numbers_of(self.words.lists["alone"]):
            last = linker.name_starts.get(number + 1)
            if last and part.gaps[number + 1] in (" ", ". "):
                self.addressed.add(part.lower[last - 1])

    def _is_written_small(self, word: str) -> bool:
        """Tell whether the text has a word of the headline without a capital, so that it is no name."""
        known = self.small.get(word)
        if known is None:
            body = self.doc.body
            known = self.small[word] = any(body.words[number] == word for number in body.index.get(word, ()))
        return known

    def _is_person(self, use: Use) -> bool:
        if use.title is not None or use.country is not None:
            return True
        part, lists = use.part, self.words.lists
        lower = part.lower
        if lower[use.first] in self.words.first_names and len(part.words[use.first]) > 1:
            return True
        if lower[use.last - 1] in self.addressed:
            return True
        if use.length > 4 or self.linkers[part.name].names.capitals:
            return False
        following = lower[use.last] if use.last < len(lower) else ""
        gap = part.gaps[use.last]
        return (gap == " " and following in lists["person_verbs"]) or (gap == ", " and following in lists["who"])

    def _stands_with(self, use: Use, edges: Set[tuple[str, int]]) -> bool:
        """Tell "signed by X" from a thing, and the Y of "X and Y", where X is a person.

        ``edges``: where names of people begin and end, by part and word.
        """
        part, lists = use.part, self.words.lists
        before = part.lower[use.first - 1] if use.first and part.gaps[use.first] == " " else ""
        if use.length > 4 or self.linkers[part.name].names.capitals:
            return False
        if before in lists["joiners"] and (part.name, use.first - 1) in edges:
            return True
        following = part.lower[use.last] if use.last < len(part.lower) and part.gaps[use.last] == " " else ""
        if following in lists["joiners"] and (part.name, use.last + 1) in edges:
            return True
        if before not in lists["signed_by"]:
            return False
        sentence = part.sentence_at(part.starts[use.first])
        return not lists["signing"].isdisjoint(part.lower[max(sentence.first, use.first - 30) : use.first])

    def _full(self, use: Use) -> None:
        words = self._name_words(use)
        draft = self.by_name.get(words)
        if draft is None:
            _, _, name = self.linkers[use.part.name].names.text(use.first, use.last)
            draft = self.by_name[words] = _Draft(name, words)
            self.drafts.append(draft)
            for word in words:
                if len(word) > 1 and word not in self.words.lists["particles"]:
                    self.by_word.setdefault(word, draft)
            known = self.by_word.get(words[-1])
            if known is None or known.words[-1] != words[-1]:  # a last name beats another person's first name
                self.by_word[words[-1]] = draft
        draft.uses.append((use, True))

    def _shortened(self, use: Use) -> None:
        """Give "Al Khalifa", "Suk Yeol" or "Ramírez Lezcano" to the person whose name holds those words."""
        words = self._name_words(use)
        draft = self.by_name.get(words)
        if draft is None:
            known = self.by_word.get(words[-1])
            draft = known if known and set(words) <= set(known.words) else None
        if draft is not None:
            draft.uses.append((use, draft.words == words))

    def _single(self, use: Use) -> None:
        word = self._name_words(use)[-1]
        draft = self.by_word.get(word)
        if draft is None:
            if use.title is None or use.title.office is Office.OTHER or len(word) < 3:
                return
            _, _, name = self.linkers[use.part.name].names.text(use.first, use.last)
            draft = self.by_word[word] = _Draft(name, (word,))
            self.drafts.append(draft)
        draft.uses.append((use, len(draft.words) == 1))

    def _name_words(self, use: Use) -> tuple[str, ...]:
        words = tuple(use.part.lower[use.first : use.last])
        suffixes = self.words.lists["suffixes"]
        while len(words) > 1 and words[-1] in suffixes:
            words = words[:-1]
        return words

    def _finish(self, draft: _Draft) -> Person:
        titled = [use for use, _ in draft.uses if use.title is not None]
        best = min(titled, key=_weight, default=None)
        owner = next((use for use in [best, *titled, *(use for use, _ in draft.uses)] if use and use.country), None)
        mentions = tuple(sorted((self._mention(use, full=full) for use, full in draft.uses), key=_offset))
        title = best.title if best else None
        country = owner.country if owner else None
        owned = owner.country_mention if owner else None
        return Person(
            draft.name,
            self._surname(draft, country),
            title.text if title and not (title.mirror and title.office is Office.OTHER) else None,
            title.office if title else None,
            country,
            mentions,
            best.part.span(title.first, title.last) if best and title else None,
            Span(owned.part, owned.start, owned.end, owned.text, owned.sentence) if owned else None,
        )

    def _mention(self, use: Use, *, full: bool) -> PersonMention:
        part = use.part
        start, end = self.linkers[part.name].names.bounds(use.first, use.last)
        return PersonMention(part.name, start, end, part.raw[start:end], part.sentence_at(start).index, full)

    def _surname(self, draft: _Draft, country: str | None) -> str:
        """Return the family name: the one the article goes on with, else the last, or the first where that is usual."""
        words = [word for word in draft.name.split() if word.lower().rstrip(".") not in self.words.lists["suffixes"]]
        if len(words) < 2:
            return words[0] if words else draft.name
        singles = {use.part.lower[use.first] for use, _ in draft.uses if use.length == 1}
        first, last = words[0].lower(), words[-1].lower()
        if first in singles and last not in singles and draft.words[0] == first:
            return words[0]
        lists = self.words.lists
        is_first = first in lists["family_first"] and last not in singles
        if (
            is_first
            and (country is None or country.lower() in lists["family_first_countries"])
            and _looks_eastern(words)
        ):
            return words[0]
        if len(words) > 2 and words[-2] in ("al", "Al", "bin", "ibn", "de", "van", "von", "el", "El"):
            return f"{words[-2]} {words[-1]}"
        return words[-1]


def _never(word: str) -> bool:
    del word
    return False


def _says_nothing(part: TextPart) -> bool:
    """Tell whether nearly every word has a capital, as in headlines and on wires."""
    if part.all_caps:
        return True
    return part.name == "title" and sum(word[0].isupper() for word in part.words) > 0.6 * len(part.words)


def _looks_eastern(words: list[str]) -> bool:
    """Tell "Kim Jong Un" and "Kim You-geun" from "Kim Smith" by the short syllables of the given name."""
    return len(words) == 3 or "-" in words[-1] or len(words[-1]) <= 7


def _weight(use: Use) -> int:
    """Order titles: an office before a rank before a word such as "leader"; of equals the first."""
    if use.title is None or use.title.office is Office.OTHER:
        return 2
    return 1 if use.title.rank or use.title.office is Office.OFFICER else 0


def _place(person: Person) -> tuple[bool, int]:
    first = person.mentions[0]
    return first.part == "text", first.start


def _offset(mention: PersonMention) -> tuple[bool, int]:
    return mention.part == "text", mention.start
