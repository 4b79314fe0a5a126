"""The command line: one module a group of commands, each imported when it is called."""

from __future__ import annotations

from monitor.cli.main import main

__all__ = ["main"]
