"""What stands around every page: navigation, the age of the data, dark mode, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from fastapi import Request
from nicegui import ui

from monitor.watch.words import ago
from monitor.web.access import User
from monitor.web.data.live import now
from monitor.web.parts.bits import element
from monitor.web.site import Site

PAGES = (
    ("Overview", "/", "o"),
    ("Agreements", "/agreements", "a"),
    ("Alerts", "/alerts", "l"),
    ("Actors", "/actors", "c"),
    ("Subjects", "/subjects", "s"),
    ("Topics", "/topics", "t"),
    ("Trace", "/trace", "r"),
    ("Dead letters", "/dead-letters", "d"),
    ("System", "/system", "y"),
)
"""Name, address, and the key that follows ``g``."""

_STALE = 10.0
_DARK = "pw-dark"


@contextmanager
def frame(site: Site, request: Request, here: str, heading: str = "") -> Iterator[User]:
    """Draw the frame; the body of the ``with`` draws the page.  Gives who looks at it.

    Args:
        site: the parts.
        request: whose query, cookie and user count.
        here: address of the entry of `PAGES` it belongs to.
        heading: of the page, and its title in the browser.

    """
    user = request.scope.get("state", {}).get("user")
    assert isinstance(user, User), "the guard lets nobody in whom it does not know"
    dark = ui.dark_mode({"1": True, "0": False}.get(request.cookies.get(_DARK, "")))
    ui.page_title(f"{heading or 'Overview'} · Pactwatch")
    main = element("main", "pw-main")
    ui.skip_link("Skip to the content", target=main)
    with element("header", "pw-top") as top:
        ui.link("Pactwatch", "/").classes("pw-brand")
        with element("nav", "pw-nav") as nav:
            nav.props["aria-label"] = "Pages"
            for name, address, key in PAGES:
                _entry(site, name, address, key, on=address == here)
        _age(site)
        toggle = element("button", "pw-icon", "Dark").props("type=button id=pw-dark")
        toggle.props["title"] = "Dark or light (d); / searches; g and a letter goes to a page"
        toggle.on("click", partial(_switch, dark))
        if site.access.asks:
            with ui.element("form").props("method=post action=/logout"):
                element("button", "pw-icon", f"Log out {user.name}").props("type=submit")
    top.move(target_index=0)
    with main:
        if heading:
            element("h1", text=heading)
        yield user


def _entry(site: Site, name: str, address: str, key: str, *, on: bool) -> None:
    entry = ui.link(name, address).classes("on" if on else "")
    entry.props(f"data-key={key}")
    entry.props["title"] = f"g {key}"
    if on:
        entry.props("aria-current=page")
    waiting = len(site.dead.waiting)
    if address == "/dead-letters" and waiting:
        with entry:
            ui.label(f"{waiting:,}").classes("count").style("display: inline")


def _switch(dark: ui.dark_mode) -> None:
    dark.value = not dark.value
    ui.run_javascript(f'document.cookie = "{_DARK}={int(bool(dark.value))}; path=/; max-age=31536000; SameSite=Lax"')


def _age(site: Site) -> None:
    mark = ui.label("").classes("pw-asof").props("role=status")

    def draw() -> None:
        state = site.live.cluster.state
        age = now() - state.at if state else None
        old = age is None or age.total_seconds() > _STALE or bool(state and state.trouble)
        mark.set_text("no data yet" if age is None else f"data as of {ago(age)} ago" if old else "live")
        mark.classes(add="old" if old else "", remove="" if old else "old")

    draw()
    ui.timer(2.0, draw)


def refreshing(draw: Callable[[], None], fingerprint: Callable[[], object], every: float = 2.0) -> None:
    """Draw now, and again whenever the fingerprint of the data has moved."""
    area = element("div").style("display: contents")
    seen: list[object] = [fingerprint()]
    with area:
        draw()

    def look() -> None:
        found = fingerprint()
        if found != seen[0]:
            seen[0] = found
            area.clear()
            with area:
                draw()

    ui.timer(every, look)
