"""Which article it is: one id for one page, however it was reached."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"utm_\w+|(?:fb|g|y|ms|dc|tt|tw|wbra|gbra|igs)?clid|gclsrc|mc_[ce]id|_ga|_gl|igshid|cmpid|ocid|smid|ncid|ref_src|"
    r"ns_(?:campaign|mchannel|source)|at_(?:campaign|medium|custom\d)|s_cid|xtor|taid|guccounter",
    re.IGNORECASE,
)
"""Query parameters that say where a reader came from, not what he reads."""

_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, as broken JSON escapes leave it: it cannot be encoded."""

_HOST = re.compile(r"[a-z0-9._:-]+")

_PORTS = {"http": "80", "https": "443"}


def canonical_url(url: str) -> str:
    """Return the form that all ways of writing an address share.

    Lower case host, no default port, no fragment, no tracking parameters, the rest of the query in order, one way of
    escaping, https for http, no slash at the end.  Applied twice it changes nothing.  What is no web address is
    returned as it is.
    """
    url = _SURROGATE.sub("\ufffd", url)
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url
    if parts.scheme.lower() not in _PORTS or not host:
        return url
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return url
    if not _HOST.fullmatch(host):
        return url
    if ":" in host:
        host = f"[{host}]"
    if port is not None and str(port) != _PORTS[parts.scheme.lower()]:
        host = f"{host}:{port}"
    path = quote(unquote(parts.path, errors="surrogateescape"), safe="/:@!$&'()*+,;=~-._", errors="surrogateescape")
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
    query = urlencode(sorted(pair for pair in pairs if not _TRACKING.fullmatch(pair[0])), errors="surrogateescape")
    return urlunsplit(("https", host, path.rstrip("/"), query, ""))


def article_id(url: str | None, *, title: str = "", text: str = "") -> str:
    """Return the id of an article that came without one.

    By its address, so that a text that was edited is the same article; without an address by what it says.
    """
    if url:
        return "u" + _digest(canonical_url(url))
    return "t" + _digest(f"{title}\0{text}")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()
