"""The classifier: from an article to its reports, with evidence for every field."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from monitor.classify.actors import find_actors
from monitor.classify.assemble import Thread, main_status, settle_parties, thread_up
from monitor.classify.complete import check_complete
from monitor.classify.credits import find_credits
from monitor.classify.events import Event, find_events
from monitor.classify.files import FIRST, RuleFiles, languages
from monitor.classify.fingerprint import fingerprint
from monitor.classify.gate import Gate
from monitor.classify.hints import hint_report
from monitor.classify.language import language_of
from monitor.classify.lexicon import Lexicon
from monitor.classify.nouns import find_nouns
from monitor.classify.reading import Reading
from monitor.classify.report import agreement_report, mention_report, sale_report
from monitor.classify.result import Classification, Trace
from monitor.classify.rules import RuleBook, load_rules
from monitor.classify.scoring import Score, Scorer
from monitor.classify.several import apart, moved_too, with_partner
from monitor.classify.text import Document
from monitor.models.article import Article
from monitor.models.vocabulary import Kind

_YES = 0.6
_OWN = 0.6
"""The probability from which a second agreement of an article is reported as news of its own."""
_LONGEST = 400_000
"""Characters of a text that are read, some 65,000 words: what is news in an article stands far above that."""
_LONGEST_TITLE = 2_000
_MOST_REPORTS = 6
_MOST_SEEN = 12
"""Candidates, the likeliest first, that are looked at."""
_PAIR = 2
_FRAME = 0.3
"""Background up to which a second agreement of the same parties is news."""
_BESIDE = 0.6
"""Score of an agreement that is told beside the one an article is about."""
_HEAVY = 0.3
"""Log-odds from which a feature is named as speaking against."""

_FIRST = Article(
    id="first",
    title="India and France sign a defence agreement",
    text=(
        "NEW DELHI, May 5 (Reuters) - Defence Minister Rajnath Singh and Sébastien Lecornu, the French armed forces "
        "minister, signed a 10-year agreement on defence cooperation worth $2 billion in New Delhi on Friday, "
        "officials said. It was initialled in Paris on 3 March 2024."
    ),
    published_at=datetime(2024, 5, 5, tzinfo=UTC),
)
"""Makes every reader of text compile what it needs."""


class Candidate(NamedTuple):
    """An agreement that an article speaks of, the event that says where it stands, and how surely that is the news."""

    thread: Thread
    main: Event | None
    score: Score


class Told(NamedTuple):
    """An agreement that is news, the event that says where it stands, and how surely it is news."""

    thread: Thread
    main: Event
    probability: float


class Classifier:
    """Finds agreements in articles. Immutable once built, and safe to use from several threads."""

    def __init__(self, readers: Sequence[tuple[Lexicon, RuleBook]]) -> None:
        self._lexicons = {lexicon.language: lexicon for lexicon, _ in readers}
        self.books = {book.language: book for _, book in readers}
        """The rules in use, by language."""
        self._gate = Gate(*self.books.values())
        for book in self.books.values():
            book.compile()
        parts = "/".join(f"{lexicon.version}/{book.digest}" for lexicon, book in readers)
        self.version = hashlib.blake2b(parts.encode(), digest_size=8).hexdigest()
        """Changes whenever a rule or a gazetteer of any language does; every report carries it."""

    @classmethod
    def load(cls, folder: Path | None = None) -> Classifier:
        """Build the classifier from the data that comes with it and a folder of one's own rules.

        Raises:
            RulesError: a file is wrong: names file, line and mistake.

        """
        return cls.of(RuleFiles.read(folder) if folder is not None else None)

    @classmethod
    def of(cls, own: RuleFiles | None) -> Classifier:
        """Build the classifier from the data that comes with it and one's own files; takes up to two seconds.

        Raises:
            RulesError: a file is wrong: names file, line and mistake.

        """
        if own is not None:
            own.check()
        for name in languages():
            check_complete(name)
        classifier = cls([(Lexicon.load(name, extra=own), load_rules(name, extra=own)) for name in languages()])
        # Readers of text compile their data on first use: better now than with the first article, and a mistake in
        # the user's files shows here.
        for name in classifier.books:
            classifier.classify(_FIRST.model_copy(update={"language": name}), arrived=datetime.now(UTC))
        return classifier

    def gate(self, raw: bytes) -> bool:
        """Whether the bytes of a record (JSON) may hold an agreement; False means surely not."""
        return self._gate.passes(raw)

    def unread(self, article: Article) -> str:
        """Return the language of an article for which there are no rules, as ``es``; empty when there are."""
        language = language_of(article, self.books)
        return "" if language in self.books else language

    def classify(self, article: Article, *, arrived: datetime) -> Classification:
        """Return what an article says of agreements; for any text, without an exception.

        Dates are resolved against the publication date, and stay unknown without one; ``arrived`` dates nothing.
        """
        del arrived
        language = language_of(article, self.books)
        if language not in self.books:
            return Classification(
                None, 0.0, trace=Trace(unread=language, missing=(f"no rules for the language {language}",))
            )
        reading, scorer, scored = self._read(article, language)
        return self._decide(reading, scorer, scored)

    def best_features(self, article: Article) -> tuple[dict[str, float], float] | None:
        """Return the features of an article's best candidate and what the cues add; None when there is no candidate."""
        language = language_of(article, self.books)
        _, scorer, scored = self._read(article, language if language in self.books else FIRST)
        for thread, main, _ in scored:
            if main is not None and len(thread.parties) >= _PAIR:
                offset = sum(value for name, value in scorer.cues.items() if name != "sale")
                return scorer.features(thread, main), offset
        return None

    def _read(self, article: Article, language: str) -> tuple[Reading, Scorer, list[Candidate]]:
        """Return the candidates of an article, the likeliest first."""
        reading = Reading(
            Document(article.title[:_LONGEST_TITLE], article.text[:_LONGEST], self._lexicons[language]),
            self.books[language],
            article.published_at,
            (article.source or "")[:_LONGEST_TITLE],
        )
        scorer = Scorer(reading)
        nouns = [] if reading.empty else find_nouns(reading)
        if not nouns:
            return reading, scorer, []
        threads = thread_up(reading, nouns, find_events(reading, nouns))
        settle_parties(reading, threads)
        scored: list[Candidate] = []
        for thread in threads:
            main = main_status(reading, thread)
            scored.append(Candidate(thread, main, scorer.score(thread, main)))
        scored.sort(key=lambda candidate: -candidate.score.probability)
        return reading, scorer, scored

    def _decide(self, reading: Reading, scorer: Scorer, scored: Sequence[Candidate]) -> Classification:
        chosen: list[Told] = []
        best = scored[0].score if scored else None
        for thread, main, score in scored[:_MOST_SEEN]:
            if main is None or len(chosen) >= _MOST_REPORTS:
                continue
            if not chosen and score.probability >= _YES and len(thread.parties) >= _PAIR:
                chosen += [Told(one, main, score.probability) for one in apart(reading, thread, main)]
            elif chosen and (score.probability >= _OWN or moved_too(reading, thread, main)):
                beside = with_partner(reading, thread, main, chosen[0].thread.parties)
                if len(beside.parties) >= _PAIR and not _known(beside, main, chosen):
                    surely = max(_BESIDE, min(score.probability, chosen[0].probability))
                    chosen.append(Told(beside, main, surely))
        told = {id(noun) for one in chosen for noun in one.thread.nouns}
        rest = [thread for thread, _, _ in scored if not any(id(noun) in told for noun in thread.nouns)]
        reports = [
            agreement_report(reading, _with_headline(one.thread, rest), one.main, one.probability) for one in chosen
        ]
        kind: Kind | None = Kind.AGREEMENT if reports else None
        probability = best.probability if best else 0.0
        if kind is None and (sale := sale_report(reading, scorer)) is not None:
            kind, reports = Kind.SALE, [sale]
        candidates = [(thread, main, score.probability) for thread, main, score in scored]
        if kind is None and (mention := mention_report(reading, candidates)) is not None:
            kind, reports = Kind.MENTION, [mention]
        missing = () if kind is Kind.AGREEMENT else _missing(scored)
        trace = Trace(language=reading.book.language, parts=dict(best.parts) if best else {}, missing=missing)
        if kind is None:
            hint = hint_report(reading, candidates)
            if hint is None:
                return Classification(None, probability, trace=trace)
            return Classification(
                None,
                probability,
                hints=(hint,),
                fingerprint=fingerprint(reading.document),
                credits=_credits(reading),
                trace=trace,
            )
        return Classification(
            kind=kind,
            score=reports[0].score,
            reports=tuple(reports),
            fingerprint=fingerprint(reading.document),
            credits=_credits(reading),
            actors=find_actors(reading, reports, kind),
            trace=trace,
        )


def _credits(reading: Reading) -> tuple[str, ...]:
    return tuple(dict.fromkeys(credit.agency for credit in find_credits(reading.document)))


def _missing(scored: Sequence[Candidate]) -> tuple[str, ...]:
    """Return, in words, what kept the best candidate from being the news."""
    if not scored:
        return ("no phrase names an agreement near a word of defence",)
    thread, main, score = scored[0]
    found: list[str] = []
    if main is None:
        unreal = any(event.status is None for event in thread.events)
        found.append(
            "no stage is reached: "
            + ("what is told is refused, denied or only supposed" if unreal else "nothing happens to it")
        )
    if len(thread.parties) < _PAIR:
        found.append("fewer than two parties" + (f": only {thread.parties[0]}" if thread.parties else ""))
    if score.probability < _YES:
        against = [
            name
            for name, share in sorted(score.parts.items(), key=lambda part: part[1])
            if share < -_HEAVY and name != "bias"
        ]
        found.append(
            f"the score {score.probability:.2f} is below {_YES}"
            + (f"; against it: {', '.join(against)}" if against else "")
        )
    return tuple(found)


def _with_headline(thread: Thread, rest: Sequence[Thread]) -> Thread:
    """Return a thread with what headline, or text, say of the same agreement in words that did not join it.

    A headline has words of its own ("pact on US forces") for what the text names; it tells no other agreement of the
    same parties than that.
    """
    for other in rest:
        apart = _in_title(thread) != _in_title(other)
        if apart and other.parties == thread.parties and other.defence >= 0:
            return replace(thread, nouns=[*thread.nouns, *other.nouns], events=[*thread.events, *other.events])
    return thread


def _in_title(thread: Thread) -> bool:
    return all(noun.part.name == "title" for noun in thread.nouns)


def _known(thread: Thread, main: Event, chosen: Sequence[Told]) -> bool:
    """Whether a thread's agreement is chosen already, as far as parties, kind and stage can show."""
    parties = set(thread.parties)
    within = sum(set(other.thread.parties) < parties for other in chosen)
    told = set().union(*(other.thread.parties for other in chosen))
    if within > 1 or (main.noun.plural and len(chosen) > 1 and (within or parties <= told)):
        return True  # the pairs of "A, B and C signed pacts with D", once more
    same = [other for other in chosen if set(other.thread.parties) == set(thread.parties)]
    if not same:
        return False
    own_kind = any(not noun.generic for noun in thread.nouns) and any(
        event.background < _FRAME for event in thread.events
    )
    return not own_kind or any(other.main.status is main.status and main.noun.definite for other in same)
