"""Whether all that an adapter sends has passed the limiter: counted at the transport, whatever the adapter says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import aiohttp

from twinstar.ports import Venue


class Sent:
    """What left through aiohttp, whose session it may have been."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.connections: list[str] = []


@contextmanager
def counting_transport() -> Iterator[Sent]:
    """Each HTTP request and each WebSocket handshake that is begun inside, in this process."""
    sent, really = Sent(), aiohttp.ClientSession._request  # noqa: SLF001 - both kinds come through here

    async def request(session: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> Any:
        upgrade = "upgrade" in {str(name).lower() for name in options.get("headers") or ()}
        (sent.connections if upgrade else sent.requests).append(f"{method} {str(url).partition('?')[0]}")
        return await really(session, method, url, **options)

    with patch.object(aiohttp.ClientSession, "_request", request):
        yield sent


def assert_metered(venue: Venue, sent: Sent) -> None:
    """Every request and every connection has had a permit, and every permit was used."""
    assert venue.limits is not None, "open the venue with Plugins.open_venue: that ties it to its limiter"
    stats = venue.limits()
    for what, told, permits in (
        ("requests", sent.requests, stats.metered),
        ("connections", sent.connections, stats.connections),
    ):
        assert len(told) == permits, f"{len(told)} {what}, {permits} permits: {told}"
