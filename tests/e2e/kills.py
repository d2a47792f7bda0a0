"""Kill a real service where it hurts, start it again, and look whether its books are the exchange's."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from e2e import mortal
from e2e.mortal import Death, Point
from e2e.running import START_WITHIN_S, Service, compare, is_live, is_settled
from installing import install
from msgspec import Struct

from twinstar_lighter.orders import client_index

POINTS = (*(point for point in Point if point is not Point.SIGNED), None)  # None: whenever it happens to be
IN_THE_MIDST = (Point.COMMITTING, Point.SENDING, Point.CHANGING)  # what takes a while
AT_START = (Point.READING, Point.CORRECTED)  # what every start does, and little else
COMES_WITHIN_S = 10.0
STAYS_S = 10.0
LIMITED_S = 90.0  # a standard account of Lighter's has 60 requests a minute, and a start in doubt wants twenty


class Restless(Struct, frozen=True):
    """Venues, and strategies that never rest there.

    ``known_as``: what an order id of ours is there. ``within_s``: how long a start may take.
    """

    venues: tuple[str, ...]
    config: str
    points: tuple[Point | None, ...] = POINTS
    known_as: Callable[[str], str] = str
    within_s: float = START_WITHIN_S


BY_CCXT = Restless(
    ("binanceusdm", "upbit"),
    """
version: "1"
venues:
  binanceusdm:
    mode: sim
    instruments: [BTC/USDT:USDT, ETH/USDT:USDT]
    recv_window_ms: 2000
    sim: {balances: {USDT: 100000}}
  upbit:
    mode: sim
    instruments: [BTC/KRW]
    recv_window_ms: 2000
    sim: {balances: {KRW: 100000000}}
strategies:
  perpetuals:
    type: ma_cross
    instruments: [BTC/USDT:USDT@binanceusdm, ETH/USDT:USDT@binanceusdm]
    fast: 1
    slow: 2
    stop_percent: 0.3
    notional: 3000
    short: true
  spot:
    type: ma_cross
    instruments: [BTC/KRW@upbit]
    fast: 1
    slow: 2
    stop_percent: 0.3
    notional: 3000000
sim: {seed: 3, speed: 120, history: 60}
""",
)
BITHUMB = Restless(
    ("bithumb",),
    """
version: "1"
venues:
  bithumb:
    type: bithumb_native
    mode: sim
    instruments: [BTC/KRW, ETH/KRW]
    visibility_ms: 3000
    sim: {balances: {KRW: 100000000}}
strategies:
  spot:
    type: ma_cross
    instruments: [BTC/KRW@bithumb, ETH/KRW@bithumb]
    fast: 1
    slow: 2
    stop_percent: 0.3
    notional: 3000000
sim: {seed: 3, speed: 120, history: 60}
""",
)


def _index(order_id: str) -> str:
    return str(client_index(order_id))


LIGHTER = Restless(
    ("lighter",),
    """
version: "1"
venues:
  lighter:
    type: lighter
    mode: sim
    instruments: [ETH/USDC:USDC, BTC/USDC:USDC]
    visibility_ms: 3000
    sim: {balances: {USDC: 100000}}
strategies:
  perpetuals:
    type: ma_cross
    instruments: [ETH/USDC:USDC@lighter, BTC/USDC:USDC@lighter]
    fast: 1
    slow: 2
    stop_percent: 0.3
    notional: 3000
    short: true
sim: {seed: 3, speed: 60, history: 60}
""",
    points=(*Point, None),
    known_as=_index,
    within_s=LIMITED_S,
)


@contextmanager
def restless(directory: Path, environment: dict[str, str], what: Restless = BY_CCXT) -> Iterator[Service]:
    """A service that never rests and can be killed at any `Point`."""
    config = directory / "restless.yaml"
    config.write_text(f"{what.config}journal: mortal\n", encoding="utf-8")
    path = os.pathsep.join((environment["PYTHONPATH"], str(install(directory / "site", Path(mortal.__file__)))))
    environment = environment | {"PYTHONPATH": path, mortal.WHERE: str(directory / "death.json")}
    service = Service(config, directory / "state", environment)
    try:
        yield service
    finally:
        service.end()


def kill(service: Service, point: Point | None, random: Random) -> bool:
    """A service that runs is killed there, one of the next times that it comes by; False where it did not come by.

    Where every start comes by, it is killed once before, and again while it starts.
    """
    if point is None:
        time.sleep(random.uniform(0, 3))
        service.kill()
        return True
    file = service.state_dir.parent / "death.json"
    after_s = random.uniform(0.0001, 0.006) if point in IN_THE_MIDST else 0.0
    mortal.arm(file, Death(point, random.randrange(1, 3 if point in AT_START else 5), after_s))
    if point in AT_START:
        service.kill()
        service.start()
    came_by = service.dies(within_s=COMES_WITHIN_S)
    file.unlink()
    return came_by


def begin(service: Service, what: Restless = BY_CCXT) -> float:
    """How long it takes, from the start of the process, until all is known."""
    begun_s = time.monotonic()
    service.start()
    service.wait(_is_reconciled, within_s=what.within_s, every_s=0.01)
    return time.monotonic() - begun_s


def differences(service: Service, what: Restless = BY_CCXT) -> list[str]:
    """Of both books, once the market stands still and both sides have come to rest; then it goes on.

    A last candle may still lead to an order while the books are read, one after the other; what is wrong stays wrong.
    """
    service.wait(is_settled, within_s=what.within_s)
    service.halt(what.venues, known_as=what.known_as)
    end_s = time.monotonic() + STAYS_S
    while True:
        service.wait(_is_at_rest, within_s=what.within_s)
        state = service.journaled()
        found = [d for venue in what.venues for d in compare(state, service.ledger(venue), venue, what.known_as)]
        if not found or time.monotonic() > end_s:
            break
    for venue in what.venues:
        service.tell_sim(venue, "go", {})
    return found


def _is_reconciled(status: dict[str, Any]) -> bool:
    return is_live(status) and not any(venue["orders"]["in_doubt"] for venue in status["venues"])


def _is_at_rest(status: dict[str, Any]) -> bool:
    """Nothing open but the stop of each position that the venue can guard."""
    return is_settled(status) and all(
        venue["orders"]["open"]
        == sum(p["protection"] == "resident" for account in venue["accounts"] for p in account["positions"])
        for venue in status["venues"]
    )
