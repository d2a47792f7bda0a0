"""A line that answers transactions as a test says, the context that it wants, and a signer that is watched."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Final

import aiohttp
from aiohttp import web
from builtin.ccxt.kit import Unlimited

import twinstar as ts
from lighter_shared import ETH
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.testing.replay.relay import serving
from twinstar_lighter.config import LighterConfig
from twinstar_lighter.hook import limits
from twinstar_lighter.line import Line, frames, opened
from twinstar_lighter.messages import of_account
from twinstar_lighter.nonces import Place
from twinstar_lighter.post import Post
from twinstar_lighter.quota import VolumeQuota
from twinstar_lighter.rest import Rest
from twinstar_lighter.signer import OrderFields, Signed, Signing

SIGNED: Final = Signed(tx_type=14, tx_info="{}", tx_hash="")


class Watched:
    """A signer; it tells for which places it was asked for orders, and what it made of them."""

    def __init__(self, inner: Signing) -> None:
        self._inner, self.account = inner, inner.account
        self.places: list[Place] = []
        self.signed: list[asyncio.Future[Signed]] = []

    def create(self, order: OrderFields, place: Place) -> asyncio.Future[Signed]:
        self.places.append(place)
        self.signed.append(self._inner.create(order, place))
        return self.signed[-1]

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


def context_of(clock: ts.Clock, limiter: ts.RateLimiter | None = None) -> ts.VenueContext:
    """That of a venue; by default one without limits."""
    config = LighterConfig(mode=ts.Mode.SIM, instruments=(ETH.symbol,))
    return ts.VenueContext(
        id=ETH.venue,
        clock=clock,
        venue_clock=MeasuredClock(clock),
        random=Random(1),
        limiter=limiter or Unlimited(),
        limits=limits(ETH.venue, config),
    )


@asynccontextmanager
async def posting(
    answers: Callable[[str], list[dict[str, Any]]], limiter: ts.RateLimiter | None = None
) -> AsyncIterator[Post]:
    """Over a line that answers a transaction, by the name it was given, with these frames."""

    async def line(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            for frame in answers(json.loads(message.data)["data"]["id"]):
                await socket.send_json(frame)
        return socket

    async def listen(line: Line, post: Post) -> None:
        async for frame in frames(line, of_account, Counter(), private=True):
            post.hear(frame)

    async with serving(line) as url, aiohttp.ClientSession() as session:
        context = context_of(clock := SystemClock(), limiter)
        post = Post(Rest(url, context, 1, Counter()), context, 0.1, VolumeQuota(ETH.venue, clock), by_line=True)
        async with opened(session, url, context, "orders", 1) as ours, asyncio.TaskGroup() as group:
            with post.over(ours):
                listening = group.create_task(listen(ours, post))
                yield post
            listening.cancel()
