"""`python -m monitor.cli` is `pactwatch`, for a child process that must run in the same interpreter."""

from __future__ import annotations

from monitor.cli.main import main

main()
