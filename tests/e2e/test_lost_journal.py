"""The journal is lost while a position is held: the venue tells what there is, and the stop that guards it."""

from __future__ import annotations

from typing import Any

import pytest
from e2e.conftest import MakeService

VENUE, SYMBOL = "binanceusdm", "BTC/USDT:USDT"
CONFIG = """
version: "1"
venues:
  binanceusdm:
    mode: sim
    instruments: [BTC/USDT:USDT]
    sim: {{balances: {{USDT: 100000}}}}
    reconcile: {{policy: {policy}}}
strategies:
  restless:
    {{type: ma_cross, instruments: ["BTC/USDT:USDT@binanceusdm"], fast: 1, slow: 2, stop_percent: 5, notional: 3000}}
sim: {{seed: 3, speed: 120, history: 60}}
resync_every_s: 5
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def position(status: dict[str, Any]) -> dict[str, Any] | None:
    held = [p for venue in status["venues"] for account in venue["accounts"] for p in account["positions"]]
    return held[0] if held else None


def is_guarded(status: dict[str, Any]) -> bool:
    held = position(status)
    return held is not None and held["protection"] == "resident"


@pytest.fixture
def orphaned(make_service: MakeService):
    """A service that holds a guarded position, is killed, and loses its journal; the exchange goes on."""

    def make(policy: str):
        service = make_service(CONFIG.format(policy=policy))
        service.start()
        service.wait(is_guarded)
        service.tell_sim(VENUE, "halt", {})
        service.wait(is_guarded)
        service.kill()
        for file in service.state_dir.glob("journal*"):
            file.unlink()
        return service

    return make


def test_adopted_it_is_ours_again_with_its_own_stop_and_nothing_is_sent(orphaned) -> None:
    service = orphaned("adopt")
    before = service.ledger(VENUE)
    (stop,) = before.open_stops
    service.start()
    service.wait(is_guarded)
    state = service.journaled()
    (of,) = state.positions
    assert state.position(of).quantity == before.net(SYMBOL)
    assert [order.order_id for order in state.open_orders(of)] == [stop.request.client_id]
    assert state.stops[of] == stop.request.trigger_price
    assert len(service.ledger(VENUE).orders) == len(before.orders), "nothing new was sent"
    assert "bears an id of TwinStar's" in service.tail(200), "a person is told that the journal is another one"


def test_by_default_it_is_left_alone_and_a_person_is_told(orphaned) -> None:
    service = orphaned("alert")
    before = service.ledger(VENUE)
    service.start()
    status = service.wait(lambda status: any(a["differs"] for venue in status["venues"] for a in venue["accounts"]))
    assert position(status) is None
    service.wait(lambda _: "external position" in service.tail(200))
    assert len(service.ledger(VENUE).orders) == len(before.orders)
    assert service.ledger(VENUE).net(SYMBOL) == before.net(SYMBOL)
