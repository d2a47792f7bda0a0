"""Record a story at the simulated exchange or at its venue, and play it again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from twinstar import __version__
from twinstar.config import VenueConfig
from twinstar.errors import ConfigError
from twinstar.plugin.registry import SimEndpoint
from twinstar.ports import Venue
from twinstar.runtime.tape import row as tape
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.testing.conformance.opening import close_all, open_venue
from twinstar.testing.conformance.quality import Quality
from twinstar.testing.conformance.stage import MAIN, OurClock, staged
from twinstar.testing.replay.cassette import Cassette, Header
from twinstar.testing.replay.player import Player
from twinstar.testing.replay.relay import Upstream, at_simulator, at_venue, relaying, serving
from twinstar.testing.replay.scene import Scene
from twinstar.testing.replay.stories import told_by

HISTORY: Final = 300  # minutes that the simulated market has behind it
SPEED: Final = 120  # a simulated minute takes half a second


class Recorded(Struct, frozen=True):
    """A story's files: HTTP, WebSocket, and what the adapter made of both."""

    directory: Path
    venue: str
    story: str

    @property
    def cassette(self) -> Path:
        return self.directory / self.venue / f"{self.story}.yaml"

    @property
    def tape(self) -> Path:
        return self.cassette.with_suffix(".ws.jsonl")

    @property
    def facts(self) -> Path:
        return self.cassette.with_suffix(".facts.json")

    def expected(self) -> Any:
        return msgspec.json.decode(self.facts.read_bytes())


async def record(quality: Quality, recorded: Recorded) -> None:
    """At the simulated exchange."""
    async with staged(quality, history=HISTORY, speed=SPEED) as stage:
        endpoint = SimEndpoint(url=stage.url, api_key=MAIN.api_key, secret=MAIN.secret, market_speed=SPEED)
        await _record(quality, recorded, endpoint, at_simulator(stage.url), at="the simulated exchange")


async def record_live(quality: Quality, recorded: Recorded, config: VenueConfig, quantity: Decimal | None) -> None:
    """At the venue itself, with the account of ``config``. Stories of orders send real ones of ``quantity``.

    Raise `ConfigError` for an account without an API key and its secret: only those are known how to be left out.
    """
    account: Any = getattr(config, "account", None)
    keys = {name: getattr(account, name, None) for name in ("api_key", "secret", "password")}
    opened = {name: key.get_secret_value() if key is not None else "" for name, key in keys.items()}
    if not (opened["api_key"] and opened["secret"]):
        raise ConfigError(f"venues.{quality.venue}.account has no api_key and secret to record with at the venue")
    endpoint = SimEndpoint(
        url="", api_key=opened["api_key"], secret=opened["secret"], passphrase=opened["password"] or None
    )
    await _record(quality, recorded, endpoint, at_venue, at="the venue", quantity=quantity)


async def _record(
    quality: Quality,
    recorded: Recorded,
    endpoint: SimEndpoint,
    upstream: Upstream,
    *,
    at: str,
    quantity: Decimal | None = None,
) -> None:
    recorded.cassette.parent.mkdir(parents=True, exist_ok=True)
    clock = OurClock()
    begun_ms = clock.now_ms()
    cassette = Cassette(recorded.cassette, {endpoint.api_key, endpoint.secret, endpoint.passphrase or ""})
    async with relaying(upstream) as (relay, url):
        here = msgspec.structs.replace(endpoint, url=url)
        with cassette.record(url):
            async with _scene(quality, here, clock, relay.cut, begun_ms=begun_ms, quantity=quantity) as scene:
                facts = await told_by(recorded.story, scene)
    tape.write(recorded.tape, relay.rows, cassette.secrets)
    recorded.facts.write_bytes(msgspec.json.format(msgspec.json.encode(facts)) + b"\n")
    cassette.sign(
        Header(
            venue=recorded.venue,
            story=recorded.story,
            at=at,
            time_ms=begun_ms,
            twinstar=__version__,
            ccxt=version("ccxt"),
        )
    )


async def replay(quality: Quality, recorded: Recorded) -> Any:
    """What the adapter makes of the recording, as JSON would hold it. Nothing but this process is asked."""
    cassette = Cassette(recorded.cassette, {MAIN.api_key, MAIN.secret})
    header, clock = cassette.header(), OurClock()
    clock.ahead_ms = header.time_ms - clock.now_ms()
    with cassette.play() as played:
        player = Player(tape.read(recorded.tape), lambda: played.play_count)
        async with serving(player.handle) as url:
            endpoint = SimEndpoint(url=url, api_key=MAIN.api_key, secret=MAIN.secret)
            async with _scene(quality, endpoint, clock, player.cut, begun_ms=header.time_ms) as scene:
                facts = await told_by(recorded.story, scene)
    return msgspec.json.decode(msgspec.json.encode(facts))


@asynccontextmanager
async def _scene(
    quality: Quality,
    endpoint: SimEndpoint,
    clock: OurClock,
    cut: Callable[[], Awaitable[None]],
    *,
    begun_ms: int,
    quantity: Decimal | None = None,
) -> AsyncIterator[Scene]:
    opened: list[Venue] = []

    def connect() -> Venue:
        opened.append(open_venue(quality, endpoint, clock, MeasuredClock(clock), instruments=quality.symbols))
        return opened[-1]

    try:
        yield Scene(quality, connect, cut, begun_ms=begun_ms, quantity=quantity)
    finally:
        await close_all(opened)
