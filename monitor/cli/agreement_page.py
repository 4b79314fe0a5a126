"""What the commands show of agreements: rows of the list, and the page of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rich.console import Group, RenderableType
from rich.text import Text

from monitor.alerts import words
from monitor.cli.show import table
from monitor.errors import InputError
from monitor.models.agreement import Agreement, AgreementState, ArticleLog, Snapshot
from monitor.models.report import Signatory
from monitor.models.vocabulary import Status

_SHORTEST = 4
"""Characters of an id that may stand for it."""

_SHOWN = 8
"""Characters of an id in the list: enough to tell thousands apart, and every command takes the beginning of one."""


def live(
    agreements: Iterable[Agreement], *, parties: Iterable[str] = (), status: Status | None = None
) -> list[Snapshot]:
    """Return the agreements that are followed, the one last reported on first.

    Args:
        agreements: the records of the topic.
        parties: only those that have all of these.
        status: only those at this stage.

    """
    wanted = {party.upper() for party in parties}
    found = [one.snapshot for one in agreements if one.snapshot is not None and one.state is AgreementState.LIVE]
    chosen = [
        one
        for one in found
        if wanted <= {party.upper() for party in one.parties} and (status is None or one.status is status)
    ]
    return sorted(chosen, key=lambda one: (one.updated_at, one.agreement_id), reverse=True)


def find(agreements: Mapping[str, Agreement], wanted: str) -> Agreement:
    """Return the agreement of an id, or of the beginning of one; of a merged one, that which it was merged into.

    Raises:
        InputError: there is none, or the beginning fits several.

    """
    ids = [wanted] if wanted in agreements else [one for one in agreements if one.startswith(wanted)]
    if ids and len(wanted) < _SHORTEST:
        raise InputError(f"{wanted} is too short for an id", hint=f"give {_SHORTEST} characters of it, or more")
    if not ids:
        raise InputError(f"there is no agreement {wanted}", hint="`pactwatch agreements` lists them with their ids")
    if len(ids) > 1:
        raise InputError(f"{wanted} is the beginning of {len(ids)} ids", hint=f"give more of it: {', '.join(ids[:4])}")
    found = agreements[ids[0]]
    while found.merged_into is not None and found.merged_into in agreements:
        found = agreements[found.merged_into]
    return found


def list_rows(snapshots: Iterable[Snapshot]) -> Iterator[tuple[str, ...]]:
    """Yield a row of the list for each agreement."""
    for one in snapshots:
        yield (
            one.agreement_id[:_SHOWN],
            ", ".join(one.parties),
            title(one),
            words.stage(one.status) if one.status else "",
            str(one.date or ""),
            str(one.articles),
            f"{one.independent_sources}{'' if one.confirmed else ' ?'}",
            f"{one.updated_at:%Y-%m-%d}",
        )


LIST = ("id", "parties", "agreement", "stage", "since", "articles#", "sources#", "last report")
"""Columns of the list; a question mark after the sources says that it is unconfirmed."""


def title(one: Snapshot) -> str:
    """Return a name for an agreement: its own, or what it is."""
    if one.name:
        known = one.acronym and one.acronym not in one.name
        return f"{one.name} ({one.acronym})" if known else one.name
    subjects = ", ".join(subject.value.replace("_", " ") for subject in one.subjects)
    form = one.instrument.value.replace("_", " ")
    return f"{'agreement' if form == 'unknown' else form}{f' ({subjects})' if subjects else ''}"


def page(agreement: Agreement) -> RenderableType:
    """Draw everything known of one agreement: its life, its facts with sources, every article and what came of it."""
    one = agreement.snapshot
    if one is None:
        return Text(f"{agreement.id}: every article on it took its report back; nothing is known any more.")
    parts: list[RenderableType] = [Text(f"{title(one)}: {', '.join(one.parties)}", style="bold"), _head(one), Text()]
    parts.append(table(("stage", "on", "first reported", "by"), _stages(one), title="Life"))
    facts = list(_facts(agreement))
    if facts:
        parts += [Text(), table(("fact", "value", "said by", "sources#", "articles#", "words"), facts, title="Facts")]
    parts += [
        Text(),
        table(("date", "source", "article", "changed", "told", "why"), _articles(agreement), title="Articles"),
    ]
    missing = one.articles - len({entry.article_id for entry in agreement.articles})
    if missing > 0:
        parts.append(Text(f"and {missing:,} more articles that added nothing"))
    return Group(*parts)


def _head(one: Snapshot) -> Text:
    lines = [
        f"id {one.agreement_id}",
        f"{_counted(one.articles, 'article')}, {_counted(one.independent_sources, 'independent source')}",
    ]
    lines[1] += "" if one.confirmed else ", unconfirmed"
    if one.signatories:
        lines.append("signed or announced by " + ", ".join(_person(person) for person in one.signatories))
    if one.sites:
        lines.append("sites: " + ", ".join(one.sites))
    if one.planned:
        when = f" on {one.planned.date}" if one.planned.date else ""
        lines.append(f"planned: {words.stage(one.planned.status)}{when}")
    if one.conflicts:
        lines.append("sources disagree on " + ", ".join(one.conflicts))
    if one.possibly_same_as:
        lines.append("possibly the same as " + ", ".join(one.possibly_same_as))
    if one.date_unknown:
        lines.append("date unknown: every article on it is undated")
    return Text("\n".join(lines))


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _person(person: Signatory) -> str:
    known = ", ".join(part for part in (person.role, person.country) if part)
    return f"{person.name} ({known})" if known else person.name


def _stages(one: Snapshot) -> Iterator[tuple[str, ...]]:
    for stage in one.stages:
        yield (
            words.stage(stage.status),
            str(stage.date or "?"),
            f"{stage.reported_at:%Y-%m-%d}",
            stage.source or "time",
        )


def _facts(agreement: Agreement) -> Iterator[tuple[str, ...]]:
    for fact in agreement.facts:
        for value in fact.values:
            said = ", ".join(
                dict.fromkeys(source.source + ("*" if source.official else "") for source in value.sources)
            )
            quote = next((source.sentence for source in value.sources if source.sentence), "")
            mark = "" if value.current else "  (does not stand)"
            yield (
                fact.field,
                value.value + mark,
                said,
                str(value.independent_sources),
                str(value.articles),
                quote,
            )


def _articles(agreement: Agreement) -> Iterator[tuple[str, ...]]:
    for entry in agreement.articles:
        yield (
            f"{entry.at:%Y-%m-%d}",
            entry.source + ("*" if entry.official else ""),
            f"{entry.title}\n{entry.article_id}",
            _changed(entry),
            entry.reason.value.replace("_", " ") if entry.reason else "",
            _why(entry),
        )


def _changed(entry: ArticleLog) -> str:
    return ", ".join(entry.changed) or ("opened it" if entry.identity.startswith("founded") else "nothing")


def _why(entry: ArticleLog) -> str:
    copied = "" if entry.independent else " (no source of its own)"
    return f"{entry.why}{copied}\n{entry.identity}" if entry.identity else entry.why + copied
