"""Who may come in, and what the browser is told to refuse."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from monitor.errors import ConfigurationError
from monitor.settings import Secrets, Web
from monitor.web.access import COOKIE, Access, Guard, Role, User, check
from monitor.web.audit import Audit

OPERATOR, READER, PROGRAM = "operator-secret", "reader-secret", "program-secret"


def secrets(*, web: bool = True) -> Secrets:
    named = {"PACTWATCH_API_TOKEN": SecretStr(PROGRAM)}
    if web:
        named |= {"PACTWATCH_WEB_TOKEN": SecretStr(OPERATOR), "PACTWATCH_READER_TOKEN": SecretStr(READER)}
    return Secrets.model_validate(named)


async def who(request: Request) -> PlainTextResponse:
    user = request.scope["state"]["user"]
    return PlainTextResponse(f"{user.name} {user.role}" if user else "nobody")


def client(access: Access, *, address: str = "127.0.0.1", base: str = "http://127.0.0.1:6060") -> httpx.AsyncClient:
    app = Guard(Starlette(routes=[Route("/{path:path}", who, methods=["GET", "POST"])]), access)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url=base)


@pytest.fixture
async def guarded() -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a dashboard with tokens."""
    async with client(Access(Web(), secrets())) as asked:
        yield asked


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "dash.example"])
def test_it_refuses_to_stand_open(host: str) -> None:
    """On an address that others reach it does not start unprotected; a token or a proxy's header lets it."""
    with pytest.raises(ConfigurationError, match="nothing protects"):
        check(Web(host=host), Secrets())
    check(Web(host=host), secrets())
    check(Web(host=host, user_header="X-Forwarded-User"), Secrets())
    check(Web(host="127.0.0.1"), Secrets())


async def test_loopback_without_token_is_the_operator() -> None:
    """Who sits at the machine may do all."""
    async with client(Access(Web(), secrets(web=False))) as asked:
        assert (await asked.get("/")).text == "local operator"


async def test_nobody_gets_in_without_logging_in(guarded: httpx.AsyncClient) -> None:
    """A page leads to the log-in, the API and the live connection say 401, assets and health stay open."""
    page = await guarded.get("/agreements")
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=/agreements")
    for path in ("/api/v1/overview", "/_nicegui_ws/socket.io"):
        assert (await guarded.get(path)).status_code == 401
    for path in ("/login", "/health", "/ready", "/static/pactwatch.css"):
        assert (await guarded.get(path)).status_code == 200


@pytest.mark.parametrize(("token", "role"), [(OPERATOR, Role.OPERATOR), (READER, Role.READER)])
async def test_a_cookie_carries_the_role(token: str, role: Role) -> None:
    """The cookie of a log-in gives the token's role, survives a restart, and dies with a changed token."""
    cookie = Access(Web(), secrets()).log_in(token, "1.2.3.4")
    assert cookie is not None
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    async with client(Access(Web(), secrets())) as asked:
        assert (await asked.get("/", headers=headers)).text == f"{role} {role}"
    other = Secrets.model_validate({"PACTWATCH_WEB_TOKEN": SecretStr("changed")})
    async with client(Access(Web(), other)) as asked:
        assert (await asked.get("/", headers=headers)).status_code == 303


async def test_forged_and_old_cookies_are_no_key(guarded: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader cannot make himself an operator, nor use a session longer than it lasts."""
    cookie = Access(Web(), secrets()).log_in(READER, "1.2.3.4") or ""
    forged = [cookie.replace("reader", "operator"), "operator.9999999999.", "..", "operator.x.y", "\x00"]
    for value in forged:
        assert (await guarded.get("/", headers={"Cookie": f"{COOKIE}={value}"})).status_code == 303, value
    later = time.time() + 13 * 3600
    monkeypatch.setattr("monitor.web.access.time.time", lambda: later)
    assert (await guarded.get("/", headers={"Cookie": f"{COOKIE}={cookie}"})).status_code == 303


def test_guessing_is_slowed_down() -> None:
    """After eight wrong tokens an address has to wait, another has not."""
    access = Access(Web(), secrets())
    assert [access.log_in("wrong", "6.6.6.6") for _ in range(8)] == [None] * 8
    with pytest.raises(PermissionError):
        access.log_in(OPERATOR, "6.6.6.6")
    assert access.log_in(OPERATOR, "7.7.7.7")


async def test_other_sites_may_neither_ask_by_name_nor_act(guarded: httpx.AsyncClient) -> None:
    """A foreign name that points at loopback is refused, and so is a change that another site's page asks for."""
    assert (await guarded.get("/", headers={"Host": "evil.example:6060"})).status_code == 421
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert (await guarded.post("/api/v1/dead-letters/drop", headers=headers)).status_code == 403
        assert (await guarded.post("/login", headers=headers)).status_code == 403
    own = {"Origin": "http://127.0.0.1:6060", "Authorization": f"Bearer {OPERATOR}"}
    assert (await guarded.post("/api/v1/dead-letters/drop", headers=own)).text == "operator (token) operator"


async def test_programs_read_and_do_not_act(guarded: httpx.AsyncClient) -> None:
    """The token of the API reads; it is no operator's, and opens no page."""
    headers = {"Authorization": f"Bearer {PROGRAM}"}
    assert (await guarded.get("/api/v1/overview", headers=headers)).text == "program reader"
    assert (await guarded.get("/", headers=headers)).status_code == 303


async def test_a_proxy_names_users_and_nobody_else_does() -> None:
    """The header counts from a trusted proxy alone; those named as operators act, the others read."""
    web = Web(
        user_header="X-Forwarded-User", operators=("ann",), trusted_proxies=("10.0.0.1",), allowed_hosts=("d.example",)
    )
    for address, name, answer in (("10.0.0.1", "ann", "ann operator"), ("10.0.0.1", "bob", "bob reader")):
        async with client(Access(web, Secrets()), address=address, base="https://d.example") as asked:
            assert (await asked.get("/", headers={"X-Forwarded-User": name})).text == answer
    async with client(Access(web, Secrets()), address="10.0.0.2", base="https://d.example") as asked:
        assert (await asked.get("/", headers={"X-Forwarded-User": "ann"})).status_code == 401


async def test_browsers_are_told_what_to_refuse(guarded: httpx.AsyncClient) -> None:
    """Every answer carries the policy: nothing from elsewhere, no frame, no guessed type."""
    for path in ("/login", "/", "/api/v1/overview"):
        headers = (await guarded.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_prometheus_comes_in_by_its_token(guarded: httpx.AsyncClient) -> None:
    """Metrics are no page for strangers: 401 without a token and no log-in page; the token of programs opens them."""
    assert (await guarded.get("/metrics")).status_code == 401
    answer = await guarded.get("/metrics", headers={"Authorization": f"Bearer {PROGRAM}"})
    assert (answer.status_code, answer.text) == (200, "program reader")


def test_whatever_was_typed_stands_in_the_audit(tmp_path: Path) -> None:
    """A reason with odd ends of lines and half a character is one entry, and the ones around it stay readable."""
    audit = Audit(tmp_path)
    for why in ("plain", "a\x85b\u2028c\nd", "\ud800"):
        audit.note(User("u", Role.OPERATOR), "mute", why=why)
    assert [entry["why"] for entry in audit.newest()] == ["\ud800", "a\x85b\u2028c\nd", "plain"]
    assert Audit(tmp_path / "none").newest() == []
