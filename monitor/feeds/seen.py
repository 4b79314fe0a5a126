"""What polling remembers from one run to the next: what each feed gave, and when to ask it again."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from monitor.errors import ConfigurationError

_KEPT = 90 * 86400
"""Seconds for which an entry that has left its feed is remembered."""

_OTHERS = ""
"""In place of the digest of an entry whose article came from another feed."""

_SCHEMA = """
create table if not exists feed (
    url text primary key, etag text, modified text, due real not null, failures integer not null
) strict;
create table if not exists article (id text primary key, at real not null) strict;
create table if not exists entry (
    feed text not null, id text not null, digest text not null, at real not null, primary key (feed, id)
) strict;
"""


@dataclass
class State:
    """Of one feed."""

    etag: str | None = None
    modified: str | None = None
    due: float = 0.0
    """Seconds since 1970."""
    failures: int = 0
    """In a row."""


class Seen:
    """A small database; what is written stands when the call returns."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, isolation_level=None)
            self._base.executescript(f"pragma journal_mode=wal;{_SCHEMA}")
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(f"{path} cannot be used: {error}", hint="remove it to begin anew") from None
        self._base.execute("delete from entry where at < ?", (time.time() - _KEPT,))
        self._base.execute("delete from article where at < ?", (time.time() - _KEPT,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()

    def state(self, url: str) -> State:
        """Return what is known of a feed."""
        row = self._base.execute("select etag, modified, due, failures from feed where url = ?", (url,)).fetchone()
        return State(*row) if row else State()

    def keep(self, url: str, state: State) -> None:
        """Remember the state of a feed."""
        self._base.execute(
            "insert or replace into feed values (?, ?, ?, ?, ?)",
            (url, state.etag, state.modified, state.due, state.failures),
        )

    def is_new(self, feed: str, entry_id: str, digest: str) -> bool:
        """Tell whether an entry has to be taken: nobody had the article, or the feed that gave it has changed it."""
        known = self._digest(feed, entry_id)
        return not self.has(entry_id) if known is None else known not in (_OTHERS, digest)

    def gave(self, feed: str, entry_id: str) -> bool:
        """Tell whether a feed has given an entry before, as its own or as another's."""
        return self._digest(feed, entry_id) is not None

    def _digest(self, feed: str, entry_id: str) -> str | None:
        query = "select digest from entry where feed = ? and id = ?"
        row = self._base.execute(query, (feed, entry_id)).fetchone()
        return str(row[0]) if row else None

    def has(self, article_id: str) -> bool:
        """Tell whether an article was taken, from whatever feed."""
        return self._base.execute("select 1 from article where id = ?", (article_id,)).fetchone() is not None

    def take(self, feed: str, entry_id: str, digest: str, article_id: str) -> None:
        """Remember an entry, and the article that it became."""
        now = time.time()
        self._base.execute("begin")
        self._base.execute("insert or replace into entry values (?, ?, ?, ?)", (feed, entry_id, digest, now))
        for name in {entry_id, article_id}:
            self._base.execute("insert or replace into article values (?, ?)", (name, now))
        self._base.execute("commit")

    def leave(self, feed: str, entry_id: str) -> None:
        """Remember an entry whose article another feed has given: its changes are that feed's to tell."""
        self._base.execute("insert or ignore into entry values (?, ?, ?, ?)", (feed, entry_id, _OTHERS, time.time()))

    def refresh(self, feed: str, entry_ids: list[str]) -> None:
        """Note that these still stand in their feed."""
        now = time.time()
        self._base.execute("begin")
        for name in entry_ids:
            self._base.execute("update entry set at = ? where feed = ? and id = ?", (now, feed, name))
            self._base.execute("update article set at = ? where id = ?", (now, name))
        self._base.execute("commit")
