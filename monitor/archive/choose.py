"""Which articles of an archive are wanted: by event time and by what they say of themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from monitor.errors import ConfigurationError
from monitor.feeds.found import Found
from monitor.models.article import Article

_FORM = re.compile(r"(id|title|text|url|source|language)(=|!=|~|!~)(.*)", re.DOTALL)

_HINT = "write FIELD=VALUE, FIELD!=VALUE, FIELD~PATTERN or FIELD!~PATTERN: language=en, 'title~defen[cs]e'"

Test = Callable[[Article], bool]


def filter_of(text: str) -> Test:
    """Read a filter of the command line; a pattern is found anywhere in the field, in small or capital letters.

    Raises:
        ConfigurationError: it is none; says how to write it.

    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ConfigurationError(f"--filter {text!r} is no filter", hint=_HINT)
    name, operator, wanted = form.groups()
    turned = operator.startswith("!")
    if operator.endswith("="):
        return lambda article: ((getattr(article, name) or "") == wanted) is not turned
    try:
        pattern = re.compile(wanted, re.IGNORECASE)
    except re.error as error:
        raise ConfigurationError(f"--filter {text!r}: {error}", hint=_HINT) from None
    return lambda article: (pattern.search(getattr(article, name) or "") is not None) is not turned


def chooser(
    filters: list[str], begin: datetime | None, end: datetime | None, *, replayed: bool = True
) -> Callable[[Found, datetime], bool]:
    """Return what tells the wanted articles: from ``begin``, before ``end``, all filters true.

    Args:
        filters: as `filter_of` reads them.
        begin: earliest event time.
        end: event time that is too late.
        replayed: False leaves out what an earlier replay brought, so that none feeds on itself.

    """
    tests = [filter_of(text) for text in filters]

    def wanted(item: Found, moment: datetime) -> bool:
        if (begin is not None and moment < begin) or (end is not None and moment >= end):
            return False
        if item.replayed and not replayed:
            return False
        if not tests:
            return True
        article = item.article
        return all(test(article) for test in tests)

    return wanted
