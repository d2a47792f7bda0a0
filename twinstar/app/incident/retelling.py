"""The tapes of a bundle, heard again: the venue's real adapter makes of them what the journal has, or it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final
from zipfile import ZipFile

import msgspec
from msgspec import Struct

from twinstar.app.incident.bundle import ABOUT, CONFIG, JOURNAL, Incident
from twinstar.app.incident.tapes import HTTP, WS, Kept, kept
from twinstar.app.journal import Line
from twinstar.config import Mode
from twinstar.domain import Event, InstrumentId, OrderCanceled, OrderExpired, OrderFilled, PlaceOrder, Timeframe
from twinstar.engine import State
from twinstar.errors import VenueError
from twinstar.plugin import Plugins, SimEndpoint
from twinstar.ports import Gap, Stream, Venue, Wanted
from twinstar.runtime.tape import Row, read
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.testing.conformance.stage import MAIN, OurClock
from twinstar.testing.replay.cassette import Cassette
from twinstar.testing.replay.player import Player
from twinstar.testing.replay.relay import serving

WITHIN_S: Final = 30.0
QUIET_S: Final = 0.2  # after the last frame: what it means has come by then
PATIENCE_S: Final = 1.0
REDIAL_S: Final = 0.05
LEFT_OUT: Final = {"account", "leverage"}  # the keys are masked, and nothing is to be set at a venue that only repeats


class Retold(Struct, frozen=True, kw_only=True):
    """Of one venue. ``fills`` and ``ends`` (of orders) are those of the journal that were told again. ``untold``: those
    that were not, though they are of the time of its tapes; ``beyond``: how many are of no tape's time, as what came in
    the last moment before a kill.
    """

    venue: str
    lives: int
    frames: int
    unheard: int  # frames that nobody asked for, or that did not come in time
    fills: int
    ends: int
    beyond: int
    untold: tuple[str, ...]


async def retell(path: Path, plugins: Plugins) -> Sequence[Retold]:
    """By venue; none for a bundle without tapes. Needs vcrpy; asks nobody but this process."""
    with ZipFile(path) as bundle, TemporaryDirectory() as scratch:
        story = _Story(
            lines=[msgspec.json.decode(row, type=Line) for row in bundle.read(JOURNAL).splitlines()],
            about=msgspec.json.decode(bundle.read(ABOUT), type=Incident),
            config=msgspec.json.decode(bundle.read(CONFIG))["venues"],
            plugins=plugins,
        )
        lives = list(kept(bundle))
        found = []
        for venue_id in sorted({life.venue for life in lives}):
            heard = [await _heard(bundle, life, story, Path(scratch)) for life in lives if life.venue == venue_id]
            found.append(_compared(venue_id, heard, _journaled(story, venue_id)))
        return found


class _Story(Struct, frozen=True, kw_only=True):
    """What a bundle tells besides its tapes; ``config`` by venue."""

    lines: Sequence[Line]
    about: Incident
    config: Mapping[str, dict[str, Any]]
    plugins: Plugins

    def wanted(self, venue_id: str) -> Wanted:
        config = self.config[venue_id]
        instruments = tuple(InstrumentId(symbol, venue_id) for symbol in config["instruments"])
        return Wanted(instruments, Timeframe(config["timeframe"]))


class _Heard(Struct):
    events: list[Event]
    frames: int = 0
    unheard: int = 0
    from_ms: int = 0
    until_ms: int = 0


def _compared(venue_id: str, heard: Sequence[_Heard], journaled: Sequence[tuple[int, str]]) -> Retold:
    again = {key for life in heard for event in life.events if (key := _key(event)) is not None}
    meant = {key for _, key in journaled}
    due = {key for time_ms, key in journaled if any(life.from_ms <= time_ms <= life.until_ms for life in heard)}
    return Retold(
        venue=venue_id,
        lives=len(heard),
        frames=sum(life.frames for life in heard),
        unheard=sum(life.unheard for life in heard),
        fills=sum(key.startswith("fill") for key in meant & again),
        ends=sum(key.startswith("end") for key in meant & again),
        beyond=len(meant - due - again),
        untold=tuple(sorted(due - again)),
    )


def _journaled(story: _Story, venue_id: str) -> list[tuple[int, str]]:
    return [
        (line.time_ms, key)
        for line in story.lines
        if line.time_ms >= story.about.from_ms
        and line.instrument.endswith(f"@{venue_id}")
        and (key := _key(line.record)) is not None
    ]


def _key(event: object) -> str | None:
    match event:
        case OrderFilled(fill=fill):
            return f"fill {fill.fill_id} of {fill.order_id}: {fill.quantity.normalize()} at {fill.price.normalize()}"
        case OrderCanceled(order_id=order_id) | OrderExpired(order_id=order_id):
            return f"end of {order_id}"
        case _:
            return None


async def _heard(bundle: ZipFile, life: Kept, story: _Story, scratch: Path) -> _Heard:
    tape, recorded = (Path(bundle.extract(life.stem + end, scratch)) for end in (WS, HTTP))
    rows = _until_the_last_word(read(tape))
    cassette, clock = Cassette(recorded, set()), OurClock()
    clock.ahead_ms = life.life_ms - clock.now_ms()
    heard = _Heard([], from_ms=life.life_ms, until_ms=max((row.time_ms for row in rows), default=0))
    with cassette.play():
        player = Player(rows, lambda: 2**62, PATIENCE_S)  # it is not asked what the service asked beside the streams
        heard.frames = player.left
        async with serving(player.handle) as url, _opened(life.venue, story, url, clock) as venue:
            _recall(venue, story.lines)
            wanted = story.wanted(life.venue)
            assert venue.listing is not None
            await venue.listing.instruments([of.symbol for of in wanted.instruments])
            await _listen(venue, wanted, player, heard)
            if venue.trading is not None and (gap := _gap(story.lines, life)) is not None:
                heard.events += await venue.trading.account(gap)
    heard.unheard = player.left
    return heard


def _until_the_last_word(rows: Sequence[Row]) -> Sequence[Row]:
    """That a service which stops closes its lines is no loss of them."""
    last = max((number for number, row in enumerate(rows) if row.what == "<"), default=-1)
    return rows[: last + 1]


@asynccontextmanager
async def _opened(venue_id: str, story: _Story, url: str, clock: OurClock) -> AsyncIterator[Venue]:
    config, plugins = story.config[venue_id], story.plugins
    kind = plugins.registry.venue_type(config["type"])
    here = {name: value for name, value in config.items() if name not in LEFT_OUT} | {"mode": Mode.SIM}
    account = story.about.accounts.get(venue_id)
    venue = plugins.open_venue(
        venue_id,
        kind,
        kind.config.model_validate(here),
        clock=clock,
        venue_clock=MeasuredClock(clock),
        random=Random(7),
        endpoint=SimEndpoint(url=url, api_key=MAIN.api_key, secret=MAIN.secret, account=account),
    )
    try:
        yield venue
    finally:
        if venue.close is not None:
            await venue.close()


def _recall(venue: Venue, lines: Sequence[Line]) -> None:
    """Whose orders they are, which the service knew that sent them."""
    for line in lines:
        if venue.recall is not None and isinstance(line.record, PlaceOrder):
            order = line.record.order
            if order.instrument.venue == venue.id:
                venue.recall(order)


def _gap(lines: Sequence[Line], life: Kept) -> Gap | None:
    """What a start asks the venue for; nothing where the account was read for nobody's sake."""
    state = State()
    for line in lines:
        if line.time_ms < life.life_ms:
            state.apply(line.record)
    orders = tuple(order for order in state.all_open() if order.instrument.venue == life.venue)
    return Gap(orders=orders) if orders else None


async def _listen(venue: Venue, wanted: Wanted, player: Player, heard: _Heard) -> None:
    """Until all has been played."""
    streams = len(list(venue.streams.open(wanted)))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_follow(venue, wanted, number, heard)) for number in range(streams)]
        try:
            async with asyncio.timeout(WITHIN_S):
                while player.left:  # noqa: ASYNC110 - what is played tells nobody
                    await asyncio.sleep(QUIET_S)
                seen = -1
                while seen < len(heard.events):
                    seen = len(heard.events)
                    await asyncio.sleep(QUIET_S)
        except TimeoutError:
            pass  # told as unheard
        for task in tasks:
            task.cancel()


async def _follow(venue: Venue, wanted: Wanted, number: int, heard: _Heard) -> None:
    """As the service does it: a line that is lost is dialled anew."""
    while True:
        try:
            async with aclosing(_streams(venue, wanted, number)) as stream:
                async for event in stream:
                    heard.events.append(event)
        except VenueError:
            await asyncio.sleep(REDIAL_S)


def _streams(venue: Venue, wanted: Wanted, number: int) -> Stream:
    return list(venue.streams.open(wanted))[number]
