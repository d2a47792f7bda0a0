"""A venue under trial: its own adapter in front, the simulated exchange behind its wire, and a witness in between."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from decimal import Decimal as D
from hashlib import sha256
from importlib import import_module
from random import Random
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote_plus

from aiohttp import web
from msgspec import Struct

from simulation.violations import Kind, Violation
from simulation.wired import LoopWall
from twinstar.config import Mode, SimConfig, SimVenueConfig
from twinstar.domain import InstrumentId
from twinstar.errors import ConfigError
from twinstar.plugin.registry import SimEndpoint
from twinstar.ports import Clock, Venue
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.sim import model
from twinstar.sim.build import open_exchange
from twinstar.sim.clock import Pace
from twinstar.sim.exchange import SimExchange
from twinstar.sim.ports import Keys, Line, RestRequest, Session, Wire
from twinstar.sim.server import VenueServer
from twinstar.sim.venues import Venue as SimVenue
from twinstar.sim.venues import running
from twinstar.testing.conformance.opening import plugins_here

SPEED = 12.0  # a candle takes five seconds
HISTORY = 3
STOPS = (model.Kind.STOP_MARKET, model.Kind.STOP_LIMIT)
VOLATILITY = 5.0  # prices go as far in a minute as the stops are away
KEYS = Keys(account="main", api_key=sha256(b"a key").hexdigest(), secret=sha256(b"opens nothing").hexdigest())


class Subject(Struct, frozen=True, kw_only=True):
    """``id_there``: what the venue's books call an order of ours. ``sent``: finds that in what places an order."""

    type: str
    wire: str
    symbol: str
    balances: Mapping[str, D]
    price: D
    quantity: D
    id_there: Callable[[str], str]
    sent: str
    changes: str  # a pattern for "METHOD /path" of what changes something
    resident_stops: bool
    config: Callable[[int], Mapping[str, Any]]  # by seed
    opening: Callable[[], AbstractContextManager[object]] = nullcontext  # around the making of the venue

    @property
    def of(self) -> InstrumentId:
        return InstrumentId(self.symbol, self.type)


def _lighter_id(order_id: str) -> str:
    """Its digest, as the plugin's README has it; written down anew, so that an error there is found."""
    return str(1 + int.from_bytes(sha256(order_id.encode()).digest()[:8]) % (2**48 - 2))


def _without_its_library() -> AbstractContextManager[object]:
    """The native signer reads the machine's clock; the plugin's stand-in for simulations goes by the venue's."""
    no_library = ConfigError("the simulation has a time of its own")
    return patch("twinstar_lighter.library.find", side_effect=no_library)


BITHUMB = Subject(
    type="bithumb_native",
    wire="bithumb",
    symbol="BTC/KRW",
    balances={"KRW": D(500_000_000)},
    price=D(150_000_000),
    quantity=D("0.25"),
    id_there=lambda order_id: order_id,
    sent=r'"client_order_id": ?"([^"]+)"',
    changes="^(POST|DELETE) ",
    resident_stops=False,
    config=lambda _: {"timeout_s": 3.0},
)
LIGHTER = Subject(
    type="lighter",
    wire="lighter",
    symbol="ETH/USDC:USDC",
    balances={"USDC": D(100_000)},
    price=D(3_000),
    quantity=D("2.5"),
    id_there=_lighter_id,
    sent=r'"ClientOrderIndex": ?(\d+)',
    changes="^POST ",
    resident_stops=True,
    config=lambda seed: {"timeout_s": 3.0, "send_over": "rest" if seed % 2 else "socket"},
    opening=_without_its_library,
)
SUBJECTS = {subject.type: subject for subject in (BITHUMB, LIGHTER)}


class Witness:
    """Stands in front of the wire, changes nothing, and sees every order that is sent."""

    def __init__(self, wire: Wire, sent: Callable[[str], None]) -> None:
        self.ccxt_id, self._wire, self._sent = wire.ccxt_id, wire, sent

    def rest(self, request: RestRequest) -> web.Response:
        if request.method == "POST":
            self._sent(unquote_plus(request.body))
        return self._wire.rest(request)

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        session = self._wire.connect(path, query, headers, line)
        return _Overheard(session, self._sent) if session is not None else None


class _Overheard:
    def __init__(self, session: Session, sent: Callable[[str], None]) -> None:
        self._session, self._sent = session, sent
        self.refuse, self.on_close = session.refuse, session.on_close

    def on_frame(self, frame: str | bytes) -> None:
        self._sent(frame if isinstance(frame, str) else frame.decode())
        self._session.on_frame(frame)


class Trial:
    """``was_journaled`` takes the id that the venue knows an order by."""

    def __init__(self, subject: Subject, seed: int, was_journaled: Callable[[str], bool]) -> None:
        self.subject, self._seed, self._was_journaled = subject, seed, was_journaled
        self.crimes: list[Violation] = []
        self.exchange: SimExchange
        self.server: VenueServer
        self.halt: Callable[[], None]
        self._url = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        subject, wall = self.subject, LoopWall()
        pace = Pace(wall, SPEED)
        wire = import_module(f"twinstar.sim.wires.{subject.wire}")
        market = {"start_price": subject.price, "volatility": VOLATILITY}
        self.exchange = open_exchange(
            subject.type,
            wire.listings([subject.symbol]),
            sim=SimConfig(seed=self._seed, history=HISTORY),
            config=SimVenueConfig.model_validate({"balances": subject.balances, "markets": {subject.symbol: market}}),
            keys=[KEYS],
            wall=wall,
            pace=pace,
        )
        witness = Witness(wire.make(self.exchange), self._see)
        async with running([SimVenue(id=subject.type, exchange=self.exchange, wire=witness)], pace, wall) as now:
            self.server, self.halt = now.servers[subject.type], now.driver.halt
            self._url = f"http://127.0.0.1:{now.ports[subject.type]}"
            yield

    def connect(self, clock: Clock, time: MeasuredClock, random: Random) -> Venue:
        """The adapter as the service would open it, with nothing of an earlier life."""
        subject, plugins = self.subject, plugins_here()
        kind = plugins.registry.venue_type(subject.type)
        wanted = {"type": subject.type, "mode": Mode.SIM, "instruments": [subject.symbol]}
        with subject.opening():
            return plugins.open_venue(
                subject.type,
                kind,
                kind.config.model_validate({**wanted, **subject.config(self._seed)}),
                clock=clock,
                venue_clock=time,
                random=random,
                endpoint=SimEndpoint(url=self._url, api_key=KEYS.api_key, secret=KEYS.secret, market_speed=SPEED),
            )

    def _see(self, text: str) -> None:
        for client_id in re.findall(self.subject.sent, text):
            if any(order.request.client_id == client_id for order in self.orders):
                self.crimes.append(Violation(Kind.DOUBLED, f"{client_id} was sent again"))
            if not self._was_journaled(client_id):
                self.crimes.append(Violation(Kind.UNJOURNALED, client_id))

    @property
    def orders(self) -> list[model.Order]:
        return list(self.exchange.orders(KEYS.account))

    @property
    def executions(self) -> list[model.Execution]:
        return list(self.exchange.executions(KEYS.account))

    @property
    def held(self) -> D:
        """Of our symbol, signed."""
        if self.subject.resident_stops:
            return sum((p.quantity for p in self.exchange.positions(KEYS.account)), D(0))
        base = self.subject.symbol.partition("/")[0]
        return sum((b.total for b in self.exchange.balances(KEYS.account) if b.asset == base), D(0))

    @property
    def stops(self) -> list[model.Order]:
        """Those that stand and have not fired."""
        found = self.exchange.orders(KEYS.account, open_only=True)
        return [o for o in found if o.request.kind in STOPS and not o.triggered]
