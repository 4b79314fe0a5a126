"""What `pactwatch.toml` may say of routes.  Every mistake says what is allowed instead.

``[slack]`` is the root of the tree; ``[[routes]]`` are its children, ``[[routes.routes]]`` theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from monitor.models.vocabulary import Instrument, Reason, Status, Subject
from monitor.routes.vocabulary import did_you_mean, known_actor, known_party, known_region

OFF: Literal["off"] = "off"
"""Written where a route gives up what its parent has: ``digest = "off"``."""


class Day(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


DAYS = tuple(Day)


class Section(BaseModel):
    """A table of the settings: frozen, and without room for words nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str | dict) else value


def _clock(value: Any) -> Any:
    """Read ``"22:00"``, or TOML's own ``22:00:00``, as minutes since midnight."""
    if isinstance(value, time):
        value = f"{value:%H:%M}"
    if isinstance(value, str) and (found := re.fullmatch(r"(\d\d?):(\d\d)", value)):
        minutes = int(found[1]) * 60 + int(found[2])
        if int(found[2]) < 60 and minutes <= 1440:
            return minutes
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1440:
        return value
    raise ValueError('should be a time of day from "00:00" to "24:00"')


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(name, available_timezones(), most=0)
        raise ValueError(
            "there is no such time zone; names are those of the IANA, such as Europe/Berlin or Asia/Kolkata"
            + (f"; {hint}" if hint else "")
        ) from None
    return name


def _mention(text: str) -> str:
    """Read a mention: ``here``, ``channel``, a person's id or a group's."""
    bare = text.removeprefix("@")
    if bare in ("here", "channel") or re.fullmatch(r"[UWS][A-Z0-9]{6,20}", bare):
        return bare
    raise ValueError(
        "should be here, channel, a person's member id (U012AB3CD) or a user group's id (S0614TZR7): Slack takes ids "
        "alone, and shows a person's under Profile, More, Copy member ID"
    )


def _channel(text: str) -> str:
    if re.fullmatch(r"#[^\s#@]{1,80}|[CGD][A-Z0-9]{8,}", text):
        return text
    hint = f"; did you mean #{text}?" if re.fullmatch(r"[a-z0-9_-]+", text) else ""
    raise ValueError(f"should be a channel, as #name or as its id (C012AB3CD){hint}")


def _form(value: Any) -> str:
    return "off" if isinstance(value, str) else "table"


def _off_or(example: str) -> Callable[[Any], Any]:
    def check_word(value: Any) -> Any:
        if value == OFF or isinstance(value, Mapping | BaseModel):
            return value
        raise ValueError(f'should be "off", or a table such as {example}')

    return check_word


Clock = Annotated[int, BeforeValidator(_clock)]
"""Minutes since midnight, written ``"22:00"``."""
Channel = Annotated[str, AfterValidator(_channel)]
Mention = Annotated[str, AfterValidator(_mention)]
Zone = Annotated[str, AfterValidator(_zone)]
Party = Annotated[str, AfterValidator(known_party)]
Region = Annotated[str, AfterValidator(known_region)]
ActorKey = Annotated[str, AfterValidator(known_actor)]
Mentions = Annotated[tuple[Mention, ...], BeforeValidator(_listed)]
Week = Annotated[tuple[Day, ...], BeforeValidator(_listed), Field(min_length=1)]


class Range(Section):
    """From, and below: ``{ at_least = 0.7, below = 0.9 }``."""

    at_least: float = Field(default=0.0, ge=0, le=1)
    below: float = Field(default=2.0, gt=0)
    """2: no upper end, so that a score of 1 is in."""


class Match(Section):
    """What an alert has to be.  Every key that is given has to hold; of a list, one member is enough."""

    parties: Annotated[tuple[Party, ...], BeforeValidator(_listed)] = ()
    """One of these is a party: ``IND``, ``NATO``."""
    all_parties: Annotated[tuple[Party, ...], BeforeValidator(_listed)] = ()
    """All of these are parties, whoever else is."""
    regions: Annotated[tuple[Region, ...], BeforeValidator(_listed)] = ()
    """A party lies in one of these."""
    subjects: Annotated[tuple[Subject, ...], BeforeValidator(_listed)] = ()
    instruments: Annotated[tuple[Instrument, ...], BeforeValidator(_listed)] = ()
    stages: Annotated[tuple[Status, ...], BeforeValidator(_listed)] = ()
    """The stage it is at."""
    reasons: Annotated[tuple[Reason, ...], BeforeValidator(_listed)] = ()
    """Why the alert was made."""
    actors: Annotated[tuple[ActorKey, ...], BeforeValidator(_listed)] = ()
    """``country:IND``, ``pair:IND+USA``, ``person:USA/hegseth``: a party, a signatory, or the actor of a surge."""
    sources: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """The outlet whose article told it, in any case; ``*`` stands for any letters: ``*.gov.in``."""
    score: Range | None = None
    confirmed: bool | None = None
    """Whether a second independent, or an official, source has it."""

    @property
    def is_empty(self) -> bool:
        """Whether every alert is meant."""
        return all(value is None or value == () for _, value in self)


class QuietHours(Section):
    """A stretch of the day in which nobody is told; one over midnight belongs to the day it begins on."""

    since: Clock = Field(alias="from")
    until: Clock = Field(alias="to")
    days: Week = DAYS

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.since in (self.until, 1440):
            raise ValueError('"from" and "to" are the same: a whole day is from = "00:00", to = "24:00"')
        return self


class Digest(Section):
    """When what has gathered is told: every day at a time, or on some days of the week."""

    at: Clock
    days: Week = DAYS

    @model_validator(mode="after")
    def _is_a_time(self) -> Self:
        if self.at == 1440:
            raise ValueError('at = "24:00" is the next day\'s "00:00"')
        return self


class Storm(Section):
    """From how many on alerts of a channel become one summary."""

    more_than: int = Field(ge=1, le=100_000)
    within_minutes: float = Field(gt=0, le=1440)


Several = Annotated[tuple[QuietHours, ...], BeforeValidator(_listed)]
DigestOrOff = Annotated[
    Annotated[Digest, Tag("table")] | Annotated[Literal["off"], Tag("off")],
    Discriminator(_form),
    BeforeValidator(_off_or('{ at = "08:00" }')),
]
StormOrOff = Annotated[
    Annotated[Storm, Tag("table")] | Annotated[Literal["off"], Tag("off")],
    Discriminator(_form),
    BeforeValidator(_off_or("{ more_than = 20, within_minutes = 10 }")),
]


def always_quiet(hours: tuple[QuietHours, ...]) -> bool:
    """Tell whether quiet hours cover the whole week, so that nobody would ever be told."""
    quiet: set[int] = set()
    for period in hours:
        length = (period.until - period.since) % 1440 or 1440
        for day in period.days:
            start = DAYS.index(day) * 1440 + period.since
            quiet.update(minute % (7 * 1440) for minute in range(start, start + length))
    return len(quiet) == 7 * 1440


class Policy(Section):
    """How a route tells.  What it leaves out (None), it has from its parent."""

    channel: Channel | None = None
    fallback_channel: Channel | None = None
    mention: Mentions | None = None
    """``here``, people and groups by id; ``[]``: nobody."""
    minimum_score: float | None = Field(default=None, ge=0, le=1)
    """Below it nobody is told."""
    minimum_sources: int | None = Field(default=None, ge=0, le=100)
    """Independent sources an agreement must have; until then its alerts wait."""
    time_zone: Zone | None = None
    """Of quiet hours and digest."""
    quiet_hours: Several | None = None
    """``[]``: none."""
    digest: DigestOrOff | None = None
    storm: StormOrOff | None = None

    @model_validator(mode="after")
    def _speaks(self) -> Self:
        if self.quiet_hours and always_quiet(self.quiet_hours):
            raise ValueError("quiet_hours cover the whole week: nobody would ever be told (drop = true says so)")
        return self


class Route(Policy):
    """A node of the tree."""

    name: str = Field(default="", pattern=r"^[^\s/]{0,60}$")
    """For logs and `pactwatch routes`; by default its number among its siblings."""
    match: Match = Match()
    unless: Match | None = None
    """What the alert must not be: the route is passed by when all of this holds."""
    go_on: bool = Field(default=False, alias="continue")
    """Ask the routes after this one too."""
    drop: bool = False
    """Nobody is told."""
    routes: tuple[Route, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.drop and (self.channel or self.routes):
            raise ValueError("drop = true tells nobody: it goes with neither channel nor routes")
        check(self.routes)
        return self


def check(routes: tuple[Route, ...]) -> None:
    """Refuse siblings that no alert ever reaches.

    Raises:
        ValueError: names the route that takes everything.

    """
    for number, route in enumerate(routes[:-1]):
        if route.match.is_empty and route.unless is None and not route.go_on:
            raise ValueError(
                f"the routes after {route.name or f'number {number + 1}'} are never reached, for it takes every alert: "
                "give it a match, continue = true, or the last place"
            )


def check_names(routes: tuple[Route, ...]) -> None:
    """Refuse a name that two routes have.

    Raises:
        ValueError: names it.

    """
    seen: set[str] = set()
    for name in _names(routes):
        if name in seen:
            raise ValueError(f"two routes have the name {name}")
        seen.add(name)


def _names(routes: tuple[Route, ...]) -> Iterator[str]:
    for route in routes:
        if route.name:
            yield route.name
        yield from _names(route.routes)
