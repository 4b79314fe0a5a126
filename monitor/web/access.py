"""Who may come in, and as what.

On loopback everybody is an operator unless a token is set: whoever has an account on the machine could as well read
Kafka.  Elsewhere a token (`PACTWATCH_WEB_TOKEN`, `PACTWATCH_READER_TOKEN`) or a reverse proxy that names its user is
asked for, and `check` refuses to start without.  A session is a signed cookie: nothing is kept here, so a restart logs
nobody out, and a changed token logs everybody out.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import time
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.errors import ConfigurationError
from monitor.settings import Secrets, Web

COOKIE = "pactwatch"
SESSION = 12 * 3600
"""Seconds until one has to log in again."""

_ATTEMPTS, _WITHIN = 8, 60.0
"""Log-ins that may fail from one address, in so many seconds."""

_OPEN = ("/login", "/health", "/ready", "/static/", "/favicon.ico", "/_nicegui/", "/slack/")
"""Paths for which nobody has to log in; `/_nicegui/` holds assets alone, the live connection is elsewhere."""

_LIVE = "/_nicegui_ws/"


class Role(StrEnum):
    """What somebody may do."""

    READER = "reader"
    """Look at everything."""
    OPERATOR = "operator"
    """Retry, drop, merge and split too."""


@dataclass(frozen=True, slots=True)
class User:
    """Who somebody is, and what he may do."""

    name: str
    role: Role


def check(settings: Web, secrets: Secrets) -> None:
    """Refuse an address that others reach while nothing protects it; raises ConfigurationError."""
    if is_loopback(settings.host) or secrets.web_token or settings.user_header:
        return
    raise ConfigurationError(
        f"web.host is {settings.host}, which other machines reach, and nothing protects the dashboard",
        hint="set PACTWATCH_WEB_TOKEN, or web.user_header behind a proxy that logs people in, or listen on 127.0.0.1",
    )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Access:
    """Decides over requests."""

    def __init__(self, settings: Web, secrets: Secrets) -> None:
        self._settings = settings
        self._tokens = {
            role: secret.get_secret_value()
            for role, secret in ((Role.OPERATOR, secrets.web_token), (Role.READER, secrets.reader_token))
            if secret is not None and secret.get_secret_value()
        }
        self._api_token = secrets.api_token.get_secret_value() if secrets.api_token else ""
        self._key = hashlib.blake2b("\0".join(self._tokens.values()).encode(), person=b"pactwatch-web").digest()
        self._failed: dict[str, deque[float]] = {}
        public = urlsplit(settings.public_url).hostname
        self._hosts = {
            "localhost",
            "127.0.0.1",
            "::1",
            settings.host,
            *settings.allowed_hosts,
            *([public] if public else []),
        }

    @property
    def asks(self) -> bool:
        """Whether anybody has to log in."""
        return bool(self._tokens)

    def user(self, headers: Headers, client: str) -> User | None:
        """Return who asks; None when he has to log in first."""
        named = self._named_by_proxy(headers, client)
        if named is not None:
            return named
        if not self._tokens:
            return None if self._settings.user_header else User("local", Role.OPERATOR)
        return self._from_cookie(headers.get("cookie", ""))

    def may_ingest(self, headers: Headers) -> bool:
        """Tell whether a program may put articles in: by its token alone."""
        return bool(self._api_token) and _same(_bearer(headers), self._api_token)

    @property
    def takes_articles(self) -> bool:
        """Whether a token for programs is set at all."""
        return bool(self._api_token)

    def program(self, headers: Headers) -> User | None:
        """Return the program that shows the token of the API, or one that shows a log-in token."""
        token = _bearer(headers)
        if self._api_token and _same(token, self._api_token):
            return User("program", Role.READER)
        role = self._role(token)
        return User(f"{role.value} (token)", role) if role else None

    def log_in(self, token: str, client: str) -> str | None:
        """Return the cookie for a right token, None for a wrong one; raises PermissionError after too many."""
        now = time.monotonic()
        failed = self._failed.setdefault(client, deque(maxlen=_ATTEMPTS))
        if len(failed) == _ATTEMPTS and now - failed[0] < _WITHIN:
            raise PermissionError
        role = self._role(token)
        if role is None:
            failed.append(now)
            if len(self._failed) > 10_000:
                self._failed.pop(next(iter(self._failed)))
            return None
        self._failed.pop(client, None)
        body = f"{role.value}.{int(time.time()) + SESSION}"
        return f"{body}.{self._sign(body)}"

    def is_known_host(self, headers: Headers) -> bool:
        """Tell whether the browser was sent here by one of our names: another site's name may point at loopback."""
        host = headers.get("host", "")
        return (urlsplit(f"//{host}").hostname or "") in self._hosts

    def is_own_origin(self, headers: Headers) -> bool:
        """Tell whether a request that changes something comes from our own pages, or from no browser."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        public = self._settings.public_url.rstrip("/")
        return urlsplit(origin).netloc == headers.get("host", "") or (bool(public) and origin == public)

    def _named_by_proxy(self, headers: Headers, client: str) -> User | None:
        header = self._settings.user_header
        if not header or client not in self._settings.trusted_proxies:
            return None
        name = headers.get(header, "").strip()
        if not name:
            return None
        return User(name, Role.OPERATOR if name in self._settings.operators else Role.READER)

    def _from_cookie(self, cookies: str) -> User | None:
        try:
            morsel = SimpleCookie(cookies).get(COOKIE)
        except CookieError:
            return None
        role, _, rest = (morsel.value if morsel else "").partition(".")
        until, _, signature = rest.partition(".")
        if not _same(signature, self._sign(f"{role}.{until}")) or not until.isdecimal() or int(until) < time.time():
            return None
        return User(role, Role(role))

    def _role(self, token: str) -> Role | None:
        return next((role for role, known in self._tokens.items() if _same(token, known)), None)

    def _sign(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), known.encode("utf-8", "surrogatepass"))


def _bearer(headers: Headers) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


POLICY = "; ".join(
    (
        "default-src 'self'",
        # Vue compiles its templates in the browser, and NiceGUI starts them from a script in the page.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
)


class Guard:
    """The middleware: host, origin, log-in, and headers that tell browsers what to refuse."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refuse(scope)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send) if scope["type"] == "http" else send)
        elif scope["type"] == "http":
            await refusal(scope, receive, _with_headers(send))
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    def _refuse(self, scope: Scope) -> Response | None:
        headers, access = Headers(scope=scope), self._access
        path = scope["path"]
        api = path.startswith("/api/") or path == "/metrics"
        if not access.is_known_host(headers):
            text = "unknown host name; add it to web.allowed_hosts, or set web.public_url\n"
            return PlainTextResponse(text, status_code=421)
        client = scope["client"][0] if scope.get("client") else ""
        user = access.user(headers, client) or (access.program(headers) if api else None)
        scope.setdefault("state", {})["user"] = user
        changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if (changes or path.startswith(_LIVE)) and not access.is_own_origin(headers):
            return JSONResponse({"error": "another site may not do this"}, status_code=403)
        if user is not None or path.startswith(_OPEN) or path == "/api/v1/articles":
            return None
        if api or scope["type"] == "websocket" or path.startswith(_LIVE):
            hint = "log in at /login, or send Authorization: Bearer TOKEN"
            return JSONResponse({"error": "not logged in", "hint": hint}, status_code=401)
        if not access.asks:
            return PlainTextResponse("the proxy named no user\n", status_code=401)
        asked = scope.get("query_string", b"").decode("latin-1")
        target = f"{path}?{asked}" if asked else path
        return RedirectResponse(
            f"/login?next={quote(target, safe='/')}" if target != "/" else "/login", status_code=303
        )


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            known = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in _HEADERS if pair[0] not in known)]
        await send(message)

    return sender
