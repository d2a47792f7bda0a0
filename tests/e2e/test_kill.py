"""``kill -9`` at any moment: what was sent is known, nothing is doubled, every position has its stop.

10 kills run in CI; ``TWINSTAR_KILLS=100 python3 run.py test tests/e2e/test_kill.py`` runs as many as you like.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from random import Random
from typing import Any

import pytest
from e2e.conftest import MakeService
from e2e.running import Service, compare, is_settled

KILLS = int(os.environ.get("TWINSTAR_KILLS", "10"))
SEED = int(os.environ.get("TWINSTAR_SEED", "1"))
VENUES = ("binanceusdm", "upbit")
RESTLESS = """
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
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 30 * KILLS)]


def test_after_a_kill_the_books_are_the_exchanges_books(make_service: MakeService) -> None:
    service, random = make_service(RESTLESS), Random(SEED)
    met: Counter[str] = Counter()
    for number in range(KILLS):
        service.start()
        service.wait(lambda status: bool(status["venues"]))
        time.sleep(random.uniform(0, 6))
        service.kill()
        met.update(order.status.value for order in service.journaled().orders.values())
        if number % 5 == 4 or number == KILLS - 1:
            _books_are_equal(service)
    assert met["filled"] > KILLS, met
    print(f"{KILLS} kills; orders by status at the moments of the kills: {dict(met)}")  # noqa: T201 - the figure


def _books_are_equal(service: Service) -> None:
    """Started again, with the market standing still, so that both sides come to rest."""
    service.start()
    service.wait(is_settled)
    service.halt(VENUES)
    service.wait(_is_at_rest)
    state = service.journaled()
    for venue in VENUES:
        assert not compare(state, service.ledger(venue), venue), service.tail()
        service.tell_sim(venue, "go", {})
    assert service.stop()[0] == 0, service.tail()


def _is_at_rest(status: dict[str, Any]) -> bool:
    """Nothing open but the stop of each position that the venue can guard."""
    return is_settled(status) and all(
        venue["orders"]["open"]
        == sum(p["protection"] == "resident" for account in venue["accounts"] for p in account["positions"])
        for venue in status["venues"]
    )
