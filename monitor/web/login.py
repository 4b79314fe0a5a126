"""The page on which one logs in: plain HTML, without script."""

from __future__ import annotations

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pactwatch: log in</title>
<link rel="stylesheet" href="/static/pactwatch.css">
</head>
<body class="pw-login">
<main>
<form method="post" action="/login">
<h1>Pactwatch</h1>
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" autofocus required>
<input type="hidden" name="next" value="{next}">
{wrong}
<button type="submit">Log in</button>
<p>The operator's token is PACTWATCH_WEB_TOKEN where the dashboard runs, the reader's PACTWATCH_READER_TOKEN.</p>
</form>
</main>
</body>
</html>
"""


def page(target: str, *, wrong: bool = False) -> str:
    """Return the page; ``target`` is where it leads."""
    told = '<p role="alert" class="pw-wrong">That token is not known.</p>' if wrong else ""
    return _PAGE.format(next=escape(target, quote=True), wrong=told)
