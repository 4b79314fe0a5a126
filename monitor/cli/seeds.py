"""Finds the folder of seeds, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import monitor
from monitor.errors import ConfigurationError


def folder() -> Path:
    """Return the folder with `articles.jsonl` and `framework.txt`.

    Raises:
        ConfigurationError: the installation lacks it.

    """
    package = Path(monitor.__file__).parent
    for candidate in (package.parent / "seeds", package / "seeds"):
        if (candidate / "articles.jsonl").is_file():
            return candidate
    raise ConfigurationError("the seeds of the demo are missing", hint="install pactwatch again")
