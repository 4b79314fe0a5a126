"""Keeps a fetch out of networks that are not the public one."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

from monitor.errors import InputError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

HINT = "feeds.allow_private = true (PACTWATCH_FEEDS__ALLOW_PRIVATE) allows it"


async def resolve(host: str, port: int, *, allow_private: bool) -> str:
    """Return an address of the host to connect to: this very one, for a second look-up might give another.

    Raises:
        InputError: the host is unknown, or one of its addresses is private, loopback or otherwise not public.

    """
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InputError(
            f"{host} is not known: {error}", hint="is the address right, and is there a network?"
        ) from None
    addresses = [str(answer[4][0]).partition("%")[0] for answer in answers]
    if not allow_private:
        for address in addresses:
            if not is_public(address):
                raise InputError(f"{host} has the address {address}, which is not public", hint=HINT)
    return addresses[0]


def is_public(text: str) -> bool:
    """Tell whether an address belongs to the public internet; one that carries another inside is that other."""
    address: Address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast
