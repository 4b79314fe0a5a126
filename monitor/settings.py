"""All settings, in one place: `pactwatch.toml`, then ``PACTWATCH_*`` variables; secrets from the environment alone.

``PACTWATCH_KAFKA__BOOTSTRAP_SERVERS`` sets ``bootstrap_servers`` in ``[kafka]``; a variable wins over the file.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Literal, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from monitor.errors import ConfigurationError
from monitor.mistakes import explain
from monitor.routes.config import DigestOrOff, Mentions, Route, Several, StormOrOff, Zone, check, check_names
from monitor.routes.vocabulary import beside

FILE = "pactwatch.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kafka(_Section):
    """How to reach Kafka, and how the topics look."""

    bootstrap_servers: str = ""
    """``host:port,host:port``; empty: the embedded broker of this machine."""
    prefix: str = Field(default="pactwatch.", pattern=r"^[A-Za-z0-9._-]{1,100}$")
    """What every topic's name starts with."""
    partitions: int = Field(default=8, ge=1, le=512)
    """Of every topic, changelogs included; cannot be changed later."""
    replication_factor: int = Field(default=1, ge=1, le=9)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str = ""
    ca_file: Path | None = None
    """Certificate authority that signed the brokers' certificates; empty: the system's."""

    def topic(self, name: str) -> str:
        """Return the full name of a topic: ``articles`` -> ``pactwatch.articles``."""
        return f"{self.prefix}{name}"


class Worker(_Section):
    """The Faust app."""

    app_id: str = Field(default="pactwatch", pattern=r"^[A-Za-z0-9._-]{1,100}$")
    """Consumer group, and start of the changelogs' names."""
    port: int = Field(default=6066, ge=0, le=65535)
    """Health, readiness and metrics of the first worker on a machine; the next takes the next; 0: any free one."""
    host: str = "127.0.0.1"
    """Address the health pages listen on."""
    ticks: Literal["clock", "articles"] = "clock"
    """Whose time it is: the clock's, or, for a rehearsal, that of the articles, which then have to come in order."""


class Fields(_Section):
    """Where a foreign JSON object or Parquet row has what an article needs.

    A name, dotted where it is nested (``body.text``), or ``=`` and the value itself (``=The Wire``); empty: the
    article's own name for it.
    """

    id: str = ""
    title: str = ""
    text: str = ""
    url: str = ""
    source: str = ""
    language: str = ""
    published_at: str = ""
    """ISO 8601, or seconds or milliseconds since 1970."""
    ingested_at: str = ""


class Polled(_Section):
    """A feed that `pactwatch feeds` looks at again and again: RSS, Atom or JSON Feed."""

    url: str = Field(pattern=r"^https?://\S+$")
    source: str = ""
    """Publisher; empty: as page or feed say."""
    language: str = ""
    """Of articles that state none."""
    every: float = Field(default=600.0, ge=10, le=7 * 86400)
    """Seconds from one look to the next."""
    full_text: bool = True
    """Fetch each article's page; False: what the feed itself holds is all of it."""


class Feeds(_Section):
    """What may be fetched, and how much of it."""

    allow_private: bool = False
    """Fetch from private and loopback addresses too; off, so that no address in a feed looks into your network."""
    timeout: float = Field(default=20.0, gt=0, le=600)
    """Seconds for a page, redirects included."""
    max_bytes: int = Field(default=8 * 1024 * 1024, ge=1024, le=256 * 1024 * 1024)
    """Of a page, unpacked."""
    max_ratio: int = Field(default=200, ge=10, le=100_000)
    """How many times its own size a packed file may unpack to."""
    polled: tuple[Polled, ...] = ()
    """``[[feeds.polled]]``"""
    opml: Path | None = None
    """A list of more feeds, as feed readers export it."""
    host_gap: float = Field(default=1.0, ge=0, le=3600)
    """Seconds between two requests to one host."""
    port: int = Field(default=6086, ge=0, le=65535)
    """Health and metrics of `pactwatch feeds`; 0: any free one."""
    host: str = "127.0.0.1"
    """Address these pages listen on."""
    fields: dict[str, Fields] = Field(default_factory=dict)
    """By a name for ``--fields``: ``[feeds.fields.wire]``."""


class Archive(_Section):
    """What `pactwatch archive` keeps."""

    folder: Path | None = None
    """Empty: ``archive`` in ``data_dir``."""
    format: Literal["jsonl.zst", "parquet"] = "jsonl.zst"
    topics: tuple[str, ...] = ("articles",)
    """Without prefix."""
    port: int = Field(default=6096, ge=0, le=65535)
    """Health and metrics of `pactwatch archive`; 0: any free one."""
    host: str = "127.0.0.1"
    """Address these pages listen on."""


class Slack(_Section):
    """Where and how fast alerts are told; and the root of the routes: what no ``[[routes]]`` says otherwise."""

    channel: str = ""
    """``#pacts`` or an id; empty: alerts wait in the queue."""
    fallback_channel: str = ""
    """Where alerts go when ``channel`` is archived, gone or closed to the app; empty: they wait."""
    sandbox_channel: str = ""
    """Where a rehearsal's alerts go."""
    base_url: str = Field(default="https://slack.com/api/", pattern=r"^https?://.+")
    posts_per_second: float = Field(default=1.0, gt=0, le=1000)
    """A channel's own limit; Slack allows about one."""
    workspace_posts_per_second: float = Field(default=5.0, gt=0, le=10_000)
    """All channels together; Slack allows several hundred a minute."""
    updates_per_minute: float = Field(default=50.0, gt=0, le=1_000_000)
    """All channels together; Slack allows 50 in its tier 3."""
    buttons: bool = True
    """Show buttons where somebody listens to them: SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is set."""
    minimum_score: float = Field(default=0.5, ge=0, le=1)
    """Below it nobody is told."""
    minimum_sources: int = Field(default=0, ge=0, le=100)
    """Independent sources an agreement must have; until then its alerts wait."""
    mention: Mentions = ()
    """Who is named in every message: here, channel, people and groups by id."""
    time_zone: Zone = "UTC"
    """Of quiet hours and digests, as the IANA calls it."""
    quiet_hours: Several = ()
    """Nobody is told; at their end there is one digest: ``{ from = "22:00", to = "07:00" }``."""
    digest: DigestOrOff = "off"
    """Tell once a day, or on some days: ``{ at = "08:00", days = "mon" }``."""
    storm: StormOrOff = "off"
    """When many alerts come at once, tell them in a summary: ``{ more_than = 20, within_minutes = 10 }``."""
    daily_at: str = Field(default="08:00", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
    """When each channel gets its daily line, by the clocks of ``time_zone``; empty: never."""
    ops_channel: str = ""
    """Where is told what is wrong with the stream; empty: nowhere."""
    ops_after: float = Field(default=60.0, ge=0, le=86400)
    """Seconds that something has to be wrong before it is told."""
    ops_over_after: float = Field(default=300.0, ge=0, le=86400)
    """Seconds that it has to be right again before that is told."""
    ops_behind: float = Field(default=60.0, gt=0)
    """Seconds of lag of a stage from which it is wrong."""
    ops_dead_letters: int = Field(default=1, ge=1)
    """That wait, from which it is wrong."""
    ops_no_article_hours: float = Field(default=1.0, gt=0)
    """Without any article, from which it is wrong."""
    ops_silent_hours: float = Field(default=12.0, gt=0)
    """A publisher has to be away, and ten times its usual gap, before it counts as silent."""
    timeout: float = Field(default=10.0, gt=0, le=300)
    """Seconds to wait for an answer."""
    port: int = Field(default=6076, ge=0, le=65535)
    """Health, readiness and metrics of the deliverer; 0: any free one."""
    host: str = "127.0.0.1"


class Web(_Section):
    """The dashboard and its JSON API."""

    host: str = "127.0.0.1"
    """Address it listens on; any but loopback needs PACTWATCH_WEB_TOKEN or ``user_header``."""
    port: int = Field(default=6060, ge=0, le=65535)
    """0: any free one."""
    public_url: str = Field(default="", pattern=r"^(https?://[^\s]+)?$")
    """Where people reach it, for links in Slack: ``https://pactwatch.example``."""
    allowed_hosts: tuple[str, ...] = ()
    """Names a browser may use for it, beside loopback, ``host`` and that of ``public_url``."""
    user_header: str = ""
    """Header in which a reverse proxy names the user it has let in: ``X-Forwarded-User``."""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses from which ``user_header`` is believed."""
    operators: tuple[str, ...] = ()
    """Users of ``user_header`` who may act (retry, drop, merge, split); the others read."""
    workers: tuple[str, ...] = ()
    """Base addresses of the workers' pages; empty: those of this machine."""
    deliverers: tuple[str, ...] = ()
    """Base addresses of the deliverers' pages; empty: those of this machine."""
    history: int = Field(default=200_000, ge=1000, le=5_000_000)
    """Newest reports and alerts kept in memory, of each."""


class Log(_Section):
    """Structured logs, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"
    """auto: for people on a terminal, JSON in a pipe."""


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="PACTWATCH_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("pactwatch", appauthor=False)))
    """What this machine keeps: the embedded broker's data, worker slots, the run file."""
    rules: Path | None = None
    """A folder of your own rules."""
    kafka: Kafka = Kafka()
    worker: Worker = Worker()
    slack: Slack = Slack()
    routes: tuple[Route, ...] = ()
    """``[[routes]]``: who hears of what, see docs/routes.md."""
    feeds: Feeds = Feeds()
    archive: Archive = Archive()
    web: Web = Web()
    log: Log = Log()

    @model_validator(mode="after")
    def _routes_are_reached(self) -> Self:
        check(self.routes)
        check_names(self.routes)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, which arrives as arguments."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


class Secrets(BaseSettings):
    """Secrets: read from the environment when needed, never stored, never printed."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    slack_bot_token: SecretStr | None = Field(default=None, alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr | None = Field(default=None, alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr | None = Field(default=None, alias="SLACK_SIGNING_SECRET")
    kafka_password: SecretStr | None = Field(default=None, alias="PACTWATCH_KAFKA_PASSWORD")
    api_token: SecretStr | None = Field(default=None, alias="PACTWATCH_API_TOKEN")
    """Lets programs put articles in over HTTP, and read the API."""
    web_token: SecretStr | None = Field(default=None, alias="PACTWATCH_WEB_TOKEN")
    """What operators log in to the dashboard with."""
    reader_token: SecretStr | None = Field(default=None, alias="PACTWATCH_READER_TOKEN")
    """What readers log in with."""

    @field_validator("*", mode="after")
    @classmethod
    def _blank_is_none(cls, value: SecretStr | None) -> SecretStr | None:
        # A container is often given a variable that its owner left empty: that is no secret, and no key either
        return value if value is not None and value.get_secret_value().strip() else None


_SECRETS = "; secrets come from the environment alone: " + ", ".join(
    str(field.alias) for field in Secrets.model_fields.values()
)


def load(path: Path | None = None) -> Settings:
    """Read the settings.

    Args:
        path: the file; by default ``$PACTWATCH_CONFIG``, else `pactwatch.toml` in the current folder if it is there.

    Raises:
        ConfigurationError: names the file, the line, the key and what it should be.

    """
    named = path or (Path(os.environ["PACTWATCH_CONFIG"]) if os.environ.get("PACTWATCH_CONFIG") else None)
    file = named or Path(FILE)
    text = ""
    if named or file.is_file():
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{file} cannot be read: {error}") from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"{file}: not TOML: {error}", hint='tables stand in brackets, texts in quotes: [slack], channel = "#pacts"'
        ) from None
    rules = os.environ.get("PACTWATCH_RULES") or values.get("rules")
    try:
        with beside(Path(rules) if isinstance(rules, str) else None):
            return Settings(**values)
    except ValidationError as error:
        raise ConfigurationError(explain(error, Settings, file, text, values, secrets=_SECRETS)) from None
