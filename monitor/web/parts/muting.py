"""The question for how long something is to be silent."""

from __future__ import annotations

from nicegui import ui

from monitor.errors import PactwatchError
from monitor.web import site as acts
from monitor.web.access import User
from monitor.web.parts import bits
from monitor.web.site import Scope, Site


def ask(site: Site, user: User, scope: Scope, target: str) -> None:
    """Open the dialog; what is asked for is done when it is answered."""
    with ui.dialog() as dialog, ui.card():
        ui.label(f"Tell nothing of this {scope} for a while").classes("strong")
        days = ui.number("Days", value=7, min=1, max=3650, precision=0)
        why = ui.input("Why").props("maxlength=1000")

        async def mute() -> None:
            made = acts.mute(user, scope, target, days.value or 7, why.value or "")
            try:
                await site.mute(user, made)
            except PactwatchError as error:
                ui.notify(str(error), type="negative", multi_line=True)
                return
            dialog.close()
            ui.notify(f"Silent until {made.until:%Y-%m-%d}; the page of mutes ends it.", type="positive")

        with bits.element("div", "pw-row"):
            ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
            ui.button("Mute", on_click=mute).props("no-caps")
    dialog.open()
