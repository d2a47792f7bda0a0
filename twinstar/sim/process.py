"""The simulated exchange as a process: one directory, one lock, all venues of a config with ``mode: sim``."""

from __future__ import annotations

import asyncio
import fcntl
import importlib
import os
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from twinstar.config import Config, SimVenueConfig
from twinstar.errors import ConfigError, StateError
from twinstar.sim import wires
from twinstar.sim.build import open_exchange
from twinstar.sim.clock import Pace, SystemWall, Wall
from twinstar.sim.incidents import carry_out
from twinstar.sim.model import Listing
from twinstar.sim.ports import Keys, MakeWire
from twinstar.sim.served import LOCK, Served, SimFile, read, write
from twinstar.sim.venues import Running, Venue, running

ACCOUNT = "main"


async def serve(
    config: Config,
    directory: Path,
    *,
    venue_wires: Mapping[str, str],
    announce: Callable[[SimFile], None] = lambda _: None,
) -> None:
    """Until SIGTERM or SIGINT, or nobody has been connected for ``linger_s``. ``venue_wires``: venue id -> ccxt id."""
    with _alone_in(directory), _end_signals() as asked:
        wall = SystemWall()
        pace = Pace(wall, config.sim.speed)
        before = read(directory)
        venues, keys = _open(config, directory, venue_wires, before, (wall, pace))
        async with running(venues, pace, wall, wait_for_reader=config.sim.wait_for_reader) as now:
            serving = {
                name: Served(venue_wires[name], port, keys[name].api_key, keys[name].secret)
                for name, port in now.ports.items()
            }
            file = SimFile(os.getpid(), serving)
            write(directory, file)
            announce(file)
            async with asyncio.TaskGroup() as group:
                script = group.create_task(carry_out(config.sim.incidents, now.servers))
                await _until_the_end(asked, now, wall, config.sim.linger_s)
                script.cancel()
        write(directory, SimFile(None, serving))


def _open(
    config: Config,
    directory: Path,
    venue_wires: Mapping[str, str],
    before: SimFile | None,
    time: tuple[Wall, Pace],
) -> tuple[list[Venue], dict[str, Keys]]:
    venues, all_keys, known = [], {}, before.venues if before else {}
    for name, ccxt_id in venue_wires.items():
        keys = all_keys[name] = _keys(known.get(name))
        settings = _settings(config, name)
        make, listings = _wire(name, ccxt_id, _symbols(config, name, settings), made_up=settings.made_up)
        exchange = open_exchange(
            name,
            listings,
            sim=config.sim,
            config=settings,
            keys=[keys],
            ledger=directory / f"{name}.ledger.jsonl",
            wall=time[0],
            pace=time[1],
        )
        port = known[name].port if name in known else 0
        venues.append(Venue(id=name, exchange=exchange, wire=make(exchange), port=port))
    return venues, all_keys


def _keys(served: Served | None) -> Keys:
    if served is not None:
        return Keys(account=ACCOUNT, api_key=served.api_key, secret=served.secret)
    return Keys(account=ACCOUNT, api_key=secrets.token_hex(32), secret=secrets.token_hex(32))


def _settings(config: Config, venue: str) -> SimVenueConfig:
    try:
        return SimVenueConfig.model_validate(config.venues[venue].get("sim") or {})
    except ValidationError as error:
        places = (".".join(map(str, each["loc"])) for each in error.errors())
        raise ConfigError([f"venues.{venue}.sim.{place}: not valid" for place in places]) from error


def _symbols(config: Config, venue: str, settings: SimVenueConfig) -> list[str]:
    return list(dict.fromkeys([*config.venues[venue].get("instruments", ()), *settings.markets]))


def _wire(venue: str, ccxt_id: str, symbols: Sequence[str], *, made_up: bool) -> tuple[MakeWire, Sequence[Listing]]:
    name = f"{wires.__name__}.{ccxt_id}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:  # the wire is there, something that it needs is not
            raise
        raise ConfigError(f"venues.{venue}: there is no simulated {ccxt_id!r}") from error
    if made_up and not hasattr(module, "made_up"):
        raise ConfigError(f"venues.{venue}.sim.made_up: the simulated {ccxt_id!r} lists only what it knows")
    listings = module.made_up if made_up else module.listings
    return cast("MakeWire", module.make), listings(symbols)


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """A lock that the system lets go of however the process ends."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / LOCK).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise StateError(f"{directory}: process {holder} serves the simulated exchange there already") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def _end_signals() -> Iterator[asyncio.Event]:
    """Set by SIGTERM and SIGINT, from before anybody is told of the process."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    try:
        yield asked
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _until_the_end(asked: asyncio.Event, now: Running, wall: Wall, linger_s: float) -> None:
    while not asked.is_set():
        try:
            async with asyncio.timeout(min(1.0, max(0.05, linger_s / 4))):
                await asked.wait()
        except TimeoutError:
            if not now.is_used and wall.seconds() - now.last_heard_s >= linger_s:
                return
