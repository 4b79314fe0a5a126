"""Puts the pages into the app."""

from __future__ import annotations

from fastapi import FastAPI
from nicegui import Client, ui

from monitor.web.pages import (
    actors,
    agreements,
    alerts,
    dead_letters,
    dossier,
    judged,
    overview,
    sources,
    subjects,
    system,
    topics,
    trace,
)
from monitor.web.site import Site

_MODULES = (
    overview,
    agreements,
    dossier,
    alerts,
    judged,
    actors,
    subjects,
    sources,
    topics,
    trace,
    dead_letters,
    system,
)

_HEAD = (
    '<link rel="stylesheet" href="/static/pactwatch.css">'
    '<script src="/static/pactwatch.js" defer></script>'
    '<meta name="robots" content="noindex">'
)

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f5fbf"/>'
    '<path d="M7 17l5 5 13-13" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/></svg>'
)


def register(app: FastAPI, site: Site) -> None:
    """Add every page to the app."""
    ui.add_head_html(_HEAD, shared=True)
    for module in _MODULES:
        module.register(site)
    site.metrics.browsers = lambda: sum(one.has_socket_connection for one in Client.instances.values())
    ui.run_with(
        app,
        title="Pactwatch",
        favicon=_ICON,
        dark=None,
        language="en-US",
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=10.0,
    )
