"""Numbers, spans and sizes as a person reads them; what is not known is a dash, never a 0."""

from __future__ import annotations

from datetime import timedelta

from monitor.slack import names

UNKNOWN = "–"


def number(value: float | None, digits: int = 0) -> str:
    """Return ``12,345``."""
    return UNKNOWN if value is None else f"{value:,.{digits}f}"


def plural(count: int, noun: str) -> str:
    """Return ``1 record``, ``2,000 records``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def rate(value: float | None) -> str:
    """Return records a second: ``0.02/s``, ``340/s``."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0/s"
    return f"{value:,.0f}/s" if value >= 10 else f"{value:.1f}/s" if value >= 1 else f"{value * 60:.1f}/min"


def size(count: int | None) -> str:
    """Return ``1.2 MB``."""
    if count is None:
        return UNKNOWN
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


def seconds(value: float | None) -> str:
    """Return ``12 ms``, ``1.4 s``, ``3 min``."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0 s"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 60 else ago(timedelta(seconds=value))


def ago(span: timedelta) -> str:
    """Return ``8 s``, ``3 min``, ``5 h``, ``12 days``."""
    value = max(span.total_seconds(), 0.0)
    for limit, divisor, unit in ((90, 1, "s"), (90 * 60, 60, "min"), (48 * 3600, 3600, "h")):
        if value < limit:
            return f"{value / divisor:.0f} {unit}"
    return f"{value / 86400:,.0f} days"


def words(name: str) -> str:
    """Return a member of a vocabulary in words: ``in_force`` -> ``in force``."""
    return name.replace("_", " ")


def subject(code: str) -> str:
    """Return a subject in words: ``general_dca`` -> ``defence cooperation``."""
    return str(names.words()["subjects"].get(code, words(code)))
