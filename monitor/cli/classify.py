"""`pactwatch classify` and `explain`: what the classifier says of articles, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from monitor.classify.classifier import Classifier
    from monitor.feeds.found import Fault, Found
    from monitor.settings import Settings

_FILES = Annotated[
    list[str], typer.Argument(help="JSONL, Parquet or WARC, .gz or .zst; a folder; .txt; or -.", show_default=False)
]
_TITLE = Annotated[str | None, typer.Option("--title", help="Headline of a .txt file.")]
_PUBLISHED = Annotated[
    str | None, typer.Option("--published-at", help="When a .txt file was published, as 2025-10-31T12:00:00Z.")
]
_URL = Annotated[str | None, typer.Option("--url", help="Address of a .txt file.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: pactwatch classify articles.jsonl > reports.jsonl")(classify)
    app.command(epilog="Example: pactwatch explain article.txt --published-at 2025-10-31")(explain)


def classify(
    context: typer.Context,
    files: _FILES,
    title: _TITLE = None,
    published_at: _PUBLISHED = None,
    url: _URL = None,
) -> None:
    """Print what each article says of defence agreements: a JSON line an article.

    A line that is no article is named on standard error, and the command ends with exit code 3.
    """
    from monitor.classify.output import as_line  # noqa: PLC0415 - `--help` is quick without it
    from monitor.feeds.found import Fault  # noqa: PLC0415 - as above

    loaded, classifier = _prepare(context)
    bad = read = 0
    for item in _articles(files, loaded, title, published_at, url):
        if isinstance(item, Fault):
            bad += 1
            typer.echo(str(item), err=True)
            continue
        read += 1
        article = item.article
        sys.stdout.write(as_line(article, classifier.classify(article, arrived=item.ingested_at)) + "\n")
    if bad:
        typer.echo(f"{bad} of {bad + read} lines are no articles and were left out", err=True)
        raise typer.Exit(3)


def explain(
    context: typer.Context,
    files: _FILES,
    title: _TITLE = None,
    published_at: _PUBLISHED = None,
    url: _URL = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON line an article instead.")] = False,
) -> None:
    """Show why an article is, or is not, taken for news of an agreement: evidence, rules, parts of the score."""
    from monitor.classify.explain import as_explanation, draw  # noqa: PLC0415 - `--help` is quick without it
    from monitor.cli.show import console  # noqa: PLC0415 - as above
    from monitor.errors import InputError  # noqa: PLC0415 - as above
    from monitor.feeds.found import Fault  # noqa: PLC0415 - as above

    loaded, classifier = _prepare(context)
    for item in _articles(files, loaded, title, published_at, url):
        if isinstance(item, Fault):
            raise InputError(str(item))
        article = item.article
        result = classifier.classify(article, arrived=item.ingested_at)
        if as_json:
            sys.stdout.write(as_explanation(article, result) + "\n")
        else:
            console().print(draw(article, result))


def _prepare(context: typer.Context) -> tuple[Settings, Classifier]:
    from monitor.classify.classifier import Classifier  # noqa: PLC0415 - `--help` is quick without it
    from monitor.cli.main import settings  # noqa: PLC0415 - as above

    loaded = settings(context)
    return loaded, Classifier.load(loaded.rules)


def _articles(
    files: list[str], loaded: Settings, title: str | None, published_at: str | None, url: str | None
) -> Iterator[Found | Fault]:
    from monitor.feeds.files import Head, moment  # noqa: PLC0415 - `--help` is quick without it
    from monitor.feeds.sources import read_all  # noqa: PLC0415 - as above

    moment(published_at)
    for name in files:
        head = Head(title or "", published_at, url, id=Path(name).stem or None)
        yield from read_all([name], loaded.feeds, head=head)
