"""The real command, as the tests of the command line run it."""

from __future__ import annotations

from tests.cli.conftest import run, start

__all__ = ["run", "start"]
