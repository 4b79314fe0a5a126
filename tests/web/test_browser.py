"""The pages in a real browser, over the archive and two hostile articles."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import run_apart
from tests.web.conftest import Seeded, process
from tests.web.seeding import HOSTILE_ID

pytestmark = pytest.mark.browser

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAGES = (
    "/",
    "/agreements",
    "/alerts",
    "/rules",
    "/mutes",
    "/actors",
    "/pairs",
    "/network",
    "/subjects",
    "/sources",
    "/topics",
    "/topics/articles",
    "/trace",
    "/dead-letters",
    "/system",
)


@pytest.fixture(scope="module")
def browser(dashboard: str) -> Iterator[Browser]:
    """Start Debian's chromium."""
    del dashboard  # it has to be there before the browser, and end after it
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.fail("no chromium: `apt-get install chromium`, or put one on the path")
    playing = sync_playwright().start()
    try:
        started = playing.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()
    finally:
        playing.stop()


@dataclass
class Tab:
    """A page that remembers what went wrong in it."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page and wait until it is drawn and connected."""
        self.page.goto(f"{self.base}{path}")
        self.page.locator(".pw-main").wait_for()
        expect(self.page.locator(".pw-asof")).to_have_text("live", timeout=10_000)
        return self.page

    def check(self) -> None:
        """Fail when the page complained, asked another host, or ran what an article holds."""
        assert self.faults == []
        assert self.page.evaluate("window.pwned") is None
        assert self.page.locator("img[src=x], [onload], [onerror], [onmouseover]").count() == 0


OpenTab = Callable[..., Tab]


@pytest.fixture
def tab(browser: Browser, dashboard: str) -> Iterator[OpenTab]:
    """Give an opener of tabs, each in a browser of its own; all are checked at the end."""
    opened: list[Tab] = []

    def open_tab(path: str = "/", *, width: int = 1360, dark: bool = False) -> Tab:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", locale="en-GB"
        )
        made = Tab(context.new_page(), dashboard)
        made.page.on("pageerror", lambda error: made.faults.append(f"error: {error}"))
        made.page.on(
            "console", lambda said: made.faults.append(f"console: {said.text}") if said.type == "error" else None
        )
        made.page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((dashboard, "data:", "blob:"))
                else made.faults.append(f"asks elsewhere: {asked.url}")
            ),
        )
        made.open(path)
        opened.append(made)
        return made

    yield open_tab
    for one in opened:
        one.check()
        one.page.context.close()


def ask(dashboard: str, path: str) -> dict[str, object]:
    """Ask the API of the running dashboard."""
    answer = httpx.get(f"{dashboard}/api/v1/{path}", trust_env=False)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def rows(dashboard: str, path: str) -> list[dict[str, str]]:
    """Ask for rows."""
    found = ask(dashboard, path)["rows"]
    assert isinstance(found, list)
    return found


def test_every_page_opens_and_asks_nobody_else(tab: OpenTab) -> None:
    """Each page draws its heading, complains of nothing, and loads every asset from the dashboard itself."""
    opened = tab("/")
    for path in PAGES:
        page = opened.open(path)
        expect(page.locator("h1").first).not_to_be_empty()
        expect(page.locator(".pw-nav a[aria-current=page]")).to_have_count(1)


def test_the_first_page_says_what_is_wrong(tab: OpenTab) -> None:
    """One sentence at the top: no worker runs; what to do stands beside it."""
    page = tab("/").page
    first = page.locator(".pw-finding").first
    expect(first).to_contain_text("No worker runs")
    expect(first).to_contain_text("pactwatch worker")
    expect(page.locator(".pw-stat", has_text="alerts today")).to_be_visible()
    expect(page.locator("tr", has_text="classify").locator("td").nth(2)).to_have_text("–")


def test_hostile_text_is_shown_as_text(tab: OpenTab, dashboard: str) -> None:
    """A title, source and id made to become script stand on every page as the words they are."""
    alert = next(row for row in rows(dashboard, "alerts?limit=500") if row["article_id"] == HOSTILE_ID)
    opened = tab("/")
    page = opened.open(f"/agreements/{alert['agreement_id']}")
    expect(page.get_by_text("<img src=x onerror=").first).to_be_visible()
    expect(page.get_by_text("{{ 7*7 }}").first).to_be_visible()
    assert page.locator("a[href^='javascript:']").count() == 0
    for path in (f"/alerts/{alert['id']}", f"/trace?article={quote(HOSTILE_ID, safe='')}", "/trace", "/", "/mutes"):
        opened.open(path)
        opened.check()
    page = opened.open(f"/topics/articles?key={quote(HOSTILE_ID, safe='')}")
    page.locator(".q-expansion-item").first.click()
    expect(page.locator("pre.pw").first).to_contain_text("window.pwned=1")
    page = opened.open("/agreements?text=%3Cscript%3Ewindow.pwned%3D7%3C/script%3E")
    expect(page.get_by_text("No agreement passes these filters.")).to_be_visible()


def test_a_filter_narrows_the_table_and_stands_in_the_address(tab: OpenTab, dashboard: str) -> None:
    """Typing narrows the rows; the address that results shows the same to somebody else; sorting goes there too."""
    page = tab("/agreements").page
    everything = int(str(ask(dashboard, "agreements")["total"]))
    expect(page.locator(".pw-export")).to_contain_text(f"{everything} in all")
    page.get_by_label("Names, places, people").fill("norway")
    expect(page).to_have_url(re.compile("text=norway"))
    narrowed = int(str(ask(dashboard, "agreements?text=norway")["total"]))
    assert 0 < narrowed < everything
    expect(page.locator(".pw-export")).to_contain_text(f"{narrowed} in all")
    page.get_by_role("columnheader", name="articles").click()
    expect(page).to_have_url(re.compile("sort=-?articles"))
    other = tab(page.url.removeprefix(dashboard)).page
    expect(other.locator("tbody tr")).to_have_count(narrowed)
    expect(other.get_by_label("Names, places, people")).to_have_value("norway")
    assert "text=norway" in (other.get_by_role("link", name="CSV").get_attribute("href") or "")


TABLES = ("/agreements", "/alerts", "/rules", "/mutes", "/actors", "/network", "/subjects", "/sources", "/topics")


def test_every_table_can_be_had_as_a_file(tab: OpenTab, dashboard: str) -> None:
    """Beneath the filters of each table stand links to its rows as CSV and JSON, and both answer with a file."""
    opened = tab("/")
    for path in (*TABLES, "/dead-letters", "/system"):
        page = opened.open(path)
        for name in ("CSV", "JSON"):
            link = page.locator(".pw-export").get_by_role("link", name=name).get_attribute("href")
            answer = httpx.get(f"{dashboard}{link}", trust_env=False)
            assert (answer.status_code, "attachment" in answer.headers["content-disposition"]) == (200, True), path


def test_short_tables_sort_filter_and_are_shared(tab: OpenTab, dashboard: str) -> None:
    """A rule's table sorted and narrowed shows the same under its address in another browser; a mute is ended there."""
    page = tab("/rules").page
    page.get_by_label("Rule").fill("stage")
    expect(page).to_have_url(re.compile("text=stage"))
    page.get_by_role("columnheader", name="rule").click()
    expect(page).to_have_url(re.compile("sort=rule"))
    wanted = [row["rule"] for row in rows(dashboard, "rules?text=stage&sort=rule")]
    expect(page.locator("tbody tr td:first-child")).to_have_text(wanted)
    other = tab(page.url.removeprefix(dashboard)).page
    expect(other.locator("tbody tr td:first-child")).to_have_text(wanted)
    other.get_by_role("button", name="Mute …").first.click()
    other.get_by_label("Why").fill("too many")
    other.get_by_role("button", name="Mute", exact=True).click()
    expect(other.get_by_text("Silent until")).to_be_visible()
    page = tab("/mutes?text=too+many").page
    expect(page.locator("tbody tr")).to_contain_text([wanted[0]])
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("Nothing is muted.")).to_be_visible(timeout=10_000)


def test_a_dossier_tells_the_life_and_why(tab: OpenTab, dashboard: str) -> None:
    """A dossier has its stages, marks evidence, explains each article, and draws the message as Slack does."""
    best = max(rows(dashboard, "agreements?limit=500"), key=lambda row: int(row["articles"]))
    page = tab(f"/agreements/{best['id']}").page
    expect(page.locator(".pw-life li").first).to_be_visible()
    assert page.locator("mark").count() > 0
    expect(page.get_by_text("silent", exact=True).first).to_be_visible()
    picture = page.locator("img.pw-slack")
    picture.wait_for()
    assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 100


def test_the_keyboard_reaches_everything(tab: OpenTab) -> None:
    """`g a` opens the agreements, `/` goes to the search, `d` turns dark, and dark stays on the next page."""
    page = tab("/").page
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page).to_have_url(re.compile("/agreements$"))
    expect(page.locator(".pw-asof")).to_have_text("live", timeout=10_000)
    page.keyboard.press("/")
    expect(page.get_by_label("Names, places, people")).to_be_focused()
    page.keyboard.press("Escape")
    before = page.evaluate("document.body.classList.contains('body--dark')")
    page.keyboard.press("d")
    expect(page.locator("body")).to_have_class(re.compile("body--light" if before else "body--dark"))
    page.wait_for_function("document.cookie.includes('pw-dark=')")
    page.reload()
    expect(page.locator("body")).to_have_class(re.compile("body--light" if before else "body--dark"))


@pytest.mark.parametrize("path", ["/", "/agreements", "/rules", "/dead-letters"])
def test_a_phone_shows_it_without_scrolling_sideways(tab: OpenTab, path: str) -> None:
    """At 380 pixels the page itself is no wider than the screen."""
    page = tab(path, width=380, dark=True).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 381
    assert page.locator(".pw-top").bounding_box()["height"] < 110  # type: ignore[index] # it is there


def test_a_dead_letter_is_looked_at_and_dropped(tab: OpenTab, seeded: Seeded) -> None:
    """A letter's bytes are shown as text; ticked and dropped after a question, it leaves the table."""
    page = tab("/dead-letters").page
    table = page.locator(".pw-table tbody tr")
    expect(table).to_have_count(3, timeout=10_000)
    table.filter(has_text="k0").locator("a").click()
    expect(page.locator(".q-dialog pre")).to_contain_text("window.pwned=5")
    page.get_by_role("button", name="Close").click()
    table.filter(has_text="k2").locator(".q-checkbox").click()
    page.get_by_role("button", name="Drop the ticked").click()
    page.get_by_role("button", name="Drop", exact=True).click()
    expect(table).to_have_count(2)
    audit = (seeded.settings.data_dir / "audit.jsonl").read_text(encoding="utf-8")
    assert '"action": "drop"' in audit


def test_logging_in_and_what_a_reader_sees(browser: Browser, seeded: Seeded) -> None:
    """A wrong token is refused, a right one lets in; a reader finds no buttons to act with, an operator does."""
    with process(seeded.settings, PACTWATCH_WEB_TOKEN="op", PACTWATCH_READER_TOKEN="rd") as address:
        page = browser.new_page()
        page.goto(f"{address}/dead-letters?handled=true")
        page.get_by_label("Token").fill("guess")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_have_text("That token is not known.")
        for token, buttons in (("rd", 0), ("op", 1)):
            page.get_by_label("Token").fill(token)
            page.get_by_role("button", name="Log in").click()
            expect(page).to_have_url(re.compile("/dead-letters|/$"))
            page.goto(f"{address}/dead-letters")
            expect(page.locator(".pw-asof")).to_have_text("live", timeout=15_000)
            expect(page.get_by_role("button", name="Retry the ticked")).to_have_count(buttons)
            page.get_by_role("button", name="Log out").click()
            expect(page.get_by_label("Token")).to_be_visible()
        page.close()


def test_many_browsers_at_once(dashboard: str) -> None:
    """Fifty first views at the same time are all answered; how fast, the bench says."""

    async def views() -> set[int]:
        async with httpx.AsyncClient(base_url=dashboard, trust_env=False, timeout=120) as client:
            return {answer.status_code for answer in await asyncio.gather(*(client.get("/") for _ in range(50)))}

    assert run_apart(lambda: asyncio.run(views())) == {200}
