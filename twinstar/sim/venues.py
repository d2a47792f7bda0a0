"""All simulated venues of one process, open and listening."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec import Struct

from twinstar.sim.clock import Pace, Wall
from twinstar.sim.control import Control
from twinstar.sim.driver import Driver
from twinstar.sim.exchange import SimExchange
from twinstar.sim.line import WebLine
from twinstar.sim.ports import Wire
from twinstar.sim.server import VenueServer, listening


class Venue(Struct, frozen=True, kw_only=True):
    id: str
    exchange: SimExchange
    wire: Wire
    port: int = 0  # 0: any


class Running(Struct, frozen=True, kw_only=True):
    ports: Mapping[str, int]
    servers: Mapping[str, VenueServer]
    driver: Driver

    @property
    def is_used(self) -> bool:
        return any(server.lines for server in self.servers.values())

    @property
    def last_heard_s(self) -> float:
        return max(server.last_heard_s for server in self.servers.values())


@asynccontextmanager
async def running(
    venues: Sequence[Venue], pace: Pace, wall: Wall, *, wait_for_reader: bool = False
) -> AsyncIterator[Running]:
    """The markets go on and clients are served until the end of the block; then the ledgers are closed."""
    servers = {venue.id: VenueServer(venue.wire, venue.exchange, wall) for venue in venues}

    def lines() -> list[WebLine]:
        return [line for server in servers.values() for line in server.lines]

    exchanges = [venue.exchange for venue in venues]
    driver = Driver(exchanges, pace, wall, lines=lines, wait_for_reader=wait_for_reader)
    async with AsyncExitStack() as stack:
        ports = {}
        for venue in venues:
            stack.callback(venue.exchange.close)
            routes = Control(venue.exchange, servers[venue.id], driver, pace).routes()
            listener = listening(servers[venue.id], *routes, port=venue.port)
            ports[venue.id] = await stack.enter_async_context(listener)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(driver.run())
            try:
                yield Running(ports=ports, servers=servers, driver=driver)
            finally:
                task.cancel()
