"""`pactwatch routes`: the tree that alerts take to Slack, and which way one of them would go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.main import settings as settings_of
from monitor.cli.show import as_json as print_json
from monitor.cli.show import console, settings_for_people
from monitor.errors import InputError

if TYPE_CHECKING:
    from monitor.models.agreement import Agreement
    from monitor.models.alert import Alert
    from monitor.models.mute import Mute
    from monitor.models.verdict import Verdict
    from monitor.models.vocabulary import Reason
    from monitor.settings import Settings

routes = typer.Typer(no_args_is_help=True, help="See which alert goes to which channel, and when.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(routes, name="routes")


@routes.command(epilog="Example: pactwatch --config pactwatch.toml routes show")
def show(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Draw the tree of routes, as the settings have it."""
    from monitor.routes.picture import as_table, picture  # noqa: PLC0415 - `--help` is quick without it
    from monitor.routes.tree import tree  # noqa: PLC0415 - as above

    loaded = settings_of(context)
    root = tree(loaded)
    if as_json:
        print_json(as_table(root))
        return
    console().print(picture(root, sandbox=loaded.slack.sandbox_channel))


@routes.command("test", epilog="Example: pactwatch routes test article.txt --at 2025-11-01T23:30:00+01:00")
def way(
    context: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="An article (.txt, JSON lines, or -), or an alert as .json."),
    ] = None,
    agreement: Annotated[
        str | None, typer.Option("--agreement", help="The id of an agreement that is followed, or its beginning.")
    ] = None,
    reason: Annotated[str, typer.Option(help="With --agreement: why there would be an alert.")] = "new_agreement",
    at: Annotated[
        str | None, typer.Option(help="When the alert comes, as 2025-11-01T23:30; without a zone it is UTC.")
    ] = None,
    mutes: Annotated[bool, typer.Option("--mutes", help="Look at the mutes and verdicts in Kafka too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON line an alert.")] = False,
) -> None:
    """Say which route an alert takes, to which channel, held until when, and why no other does.

    An article is read as if it were the first on its agreement; with --agreement, mutes and verdicts count.
    """
    from monitor.feeds.files import moment  # noqa: PLC0415 - `--help` is quick without it
    from monitor.routes.decide import route  # noqa: PLC0415 - as above
    from monitor.routes.picture import decided, verdict_of  # noqa: PLC0415 - as above
    from monitor.routes.tree import tree  # noqa: PLC0415 - as above

    if (target is None) == (agreement is None):
        raise InputError("one of FILE and --agreement is needed", hint="pactwatch routes test article.txt")
    loaded = settings_for_people(context)
    known = asyncio.run(_known(loaded, agreement)) if agreement or mutes else _Known()
    alerts = _of_file(loaded, target) if target is not None else [_of_agreement(known, agreement or "", reason)]
    now = moment(at) or datetime.now(UTC)
    root = tree(loaded)
    for alert in alerts:
        decisions = route(root, alert, now, known.mutes, known.verdicts, sandbox=loaded.slack.sandbox_channel)
        if as_json:
            print_json(verdict_of(root, alert, decisions))
        else:
            console().print(decided(root, alert, decisions, now))


@dataclass
class _Known:
    """What Kafka has."""

    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    mutes: Sequence[Mute] = ()
    verdicts: Sequence[Verdict] = ()


async def _known(loaded: Settings, agreement: str | None) -> _Known:
    from monitor.kafka import view  # noqa: PLC0415 - `--help` is quick without it
    from monitor.models.agreement import Agreement  # noqa: PLC0415 - as above
    from monitor.models.mute import Mute  # noqa: PLC0415 - as above
    from monitor.models.verdict import Verdict  # noqa: PLC0415 - as above

    topic = loaded.kafka.topic
    agreements = await view.read(loaded, topic("agreements"), Agreement.decode) if agreement else {}
    mutes = await view.read(loaded, topic("mutes"), Mute.decode)
    verdicts = await view.read(loaded, topic("verdicts"), Verdict.decode)
    return _Known(agreements, list(mutes.values()), list(verdicts.values()))


def _of_file(loaded: Settings, target: str) -> list[Alert]:
    from monitor.models.alert import Alert  # noqa: PLC0415 - `--help` is quick without it

    if not target.endswith(".json"):
        return _of_articles(loaded, target)
    try:
        return [Alert.decode(Path(target).read_bytes())]
    except OSError as error:
        raise InputError(f"{target} cannot be read: {error.strerror}") from None
    except InputError as error:
        raise InputError(f"{target}: {error.message}", hint="a .json file holds one record of `alerts`") from None


def _of_articles(loaded: Settings, target: str) -> list[Alert]:
    """Return the alerts that articles give, each followed from where the one before it left off."""
    from monitor.classify import Classifier, article_reports  # noqa: PLC0415 - `--help` is quick without it
    from monitor.feeds.found import Fault  # noqa: PLC0415 - as above
    from monitor.feeds.sources import read_all  # noqa: PLC0415 - as above
    from monitor.models.record import Origin  # noqa: PLC0415 - as above
    from monitor.track import Dossiers  # noqa: PLC0415 - as above

    classifier = Classifier.load(loaded.rules)
    draft = Dossiers.load([]).draft()
    alerts: list[Alert] = []
    for number, item in enumerate(read_all([target], loaded.feeds)):
        if isinstance(item, Fault):
            raise InputError(str(item))
        article = item.article
        arrived = article.published_at or datetime.now(UTC)
        origin = Origin(topic="articles", partition=0, offset=number, article_id=article.id)
        found = classifier.classify(article, arrived=arrived)
        alerts += draft.apply(article_reports(found, article, arrived=arrived, origin=origin), origin).alerts
    if not alerts:
        raise InputError(
            f"{target} gives no alert", hint=f"`pactwatch explain {target}` says what the classifier makes of it"
        )
    return alerts


def _of_agreement(known: _Known, wanted: str, reason: str) -> Alert:
    """Return an alert as the newest article on an agreement would give it."""
    from monitor.cli.agreement_page import find  # noqa: PLC0415 - `--help` is quick without it
    from monitor.models.alert import Alert, alert_id  # noqa: PLC0415 - as above
    from monitor.models.article import ArticleRef  # noqa: PLC0415 - as above

    found = find(known.agreements, wanted)
    snapshot = found.snapshot
    if snapshot is None:
        raise InputError(f"agreement {found.id} is not followed any more: every article took its report back")
    because = _reason(reason)
    articles = [
        ArticleRef(id=one.article_id, title=one.title, url=one.url, source=one.source, ingested_at=one.at)
        for one in snapshot.sources[:1]
    ]
    return Alert(
        id=alert_id(found.id, because, "", "", 0),
        reason=because,
        agreement_id=found.id,
        status=snapshot.status,
        parties=snapshot.parties,
        at=snapshot.updated_at,
        article=next(iter(articles), None),
        explanation="as if there were news of it",
        score=snapshot.score,
        snapshot=snapshot,
    )


def _reason(word: str) -> Reason:
    from monitor.models.vocabulary import Reason  # noqa: PLC0415 - `--help` is quick without it
    from monitor.routes.vocabulary import did_you_mean  # noqa: PLC0415 - as above

    try:
        return Reason(word)
    except ValueError:
        raise InputError(f"there is no reason {word}", hint=did_you_mean(word, [one.value for one in Reason])) from None
