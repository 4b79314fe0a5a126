"""`pactwatch classify` and `explain`: what the classifier says of articles, and why."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from monitor.classify.classifier import Classifier
    from monitor.classify.result import Classification
    from monitor.models.article import Article

_FILES = Annotated[
    list[str], typer.Argument(help="JSON lines, a .txt file, or - for standard input.", show_default=False)
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
    from monitor.classify.articles import BadLine, PlainText, parse_moment, read_articles  # noqa: PLC0415 - `--help` is quick without it
    from monitor.classify.output import as_line  # noqa: PLC0415 - `--help` is quick without it

    classifier = _classifier(context)
    now = datetime.now(UTC)
    bad = read = 0
    for item in read_articles(files, PlainText(title, parse_moment(published_at), url)):
        if isinstance(item, BadLine):
            bad += 1
            typer.echo(f"{item.where}: {item.message}", err=True)
            continue
        read += 1
        sys.stdout.write(as_line(item, classifier.classify(item, arrived=now)) + "\n")
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
    from rich.console import Console  # noqa: PLC0415 - `--help` is quick without it

    from monitor.classify.articles import BadLine, PlainText, parse_moment, read_articles  # noqa: PLC0415 - `--help` is quick without it
    from monitor.classify.explain import as_explanation, draw  # noqa: PLC0415 - `--help` is quick without it
    from monitor.errors import InputError  # noqa: PLC0415 - `--help` is quick without it

    classifier = _classifier(context)
    console = Console()
    for item in read_articles(files, PlainText(title, parse_moment(published_at), url)):
        if isinstance(item, BadLine):
            raise InputError(f"{item.where}: {item.message}")
        result = _classify(classifier, item)
        if as_json:
            sys.stdout.write(as_explanation(item, result) + "\n")
        else:
            console.print(draw(item, result))


def _classifier(context: typer.Context) -> Classifier:
    from monitor.classify.classifier import Classifier  # noqa: PLC0415 - `--help` is quick without it
    from monitor.cli.main import settings  # noqa: PLC0415 - `--help` is quick without it

    return Classifier.load(settings(context).rules)


def _classify(classifier: Classifier, article: Article) -> Classification:
    return classifier.classify(article, arrived=datetime.now(UTC))
