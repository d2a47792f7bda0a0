"""Garbage on the wire, in answers and in frames, of both venues: counted, survived, and never believed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from e2e.conftest import MakeService
from e2e.kills import BY_CCXT
from e2e.running import Service, compare, is_live, is_settled

from twinstar.builtin import plugins
from twinstar.domain import CandleClosed, OrderFilled, PlaceOrder
from twinstar.plugin import Plugins
from twinstar.sim.spoiling import SPOILERS

VENUES = ("binanceusdm", "upbit")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_garbage_frames_on_both_wires_leave_the_streams_alive_and_the_journal_true(make_service: MakeService) -> None:
    service = make_service(BY_CCXT.config)
    service.start()
    service.wait(has_traded)
    for venue in VENUES:
        service.tell_sim(venue, "faults", [{"on": "ws", "kind": kind, "count": 2} for kind in SPOILERS])
    status = service.wait(all_bad_frames_seen)
    before = closed(status)
    service.wait(lambda status: all(b > a for a, b in zip(before, closed(status), strict=True)) and is_live(status))
    the_books_are_true(service)


def test_garbage_answers_on_both_wires_are_doubts_and_never_facts(make_service: MakeService) -> None:
    service = make_service(BY_CCXT.config)
    service.start()
    service.wait(has_traded)
    for venue in VENUES:
        service.tell_sim(
            venue, "faults", [{"on": "rest", "kind": kind, "match": "order|algoOrder"} for kind in (*SPOILERS, "drop")]
        )
    service.wait(lambda _: not any(faults_left(service, venue) for venue in VENUES), within_s=90)
    the_books_are_true(service)


def has_traded(status: dict[str, Any]) -> bool:
    return is_settled(status) and all(venue["orders"]["filled"] for venue in status["venues"]) and all(closed(status))


def all_bad_frames_seen(status: dict[str, Any]) -> bool:
    return all(venue["usage"]["bad_frames"] >= len(SPOILERS) for venue in status["venues"])


def faults_left(service: Service, venue: str) -> list[object]:
    return list(service.tell_sim(venue, "faults"))


def closed(status: dict[str, Any]) -> list[int]:
    return [instrument["last_closed_ms"] for venue in status["venues"] for instrument in venue["instruments"]]


def the_books_are_true(service: Service) -> None:
    """At rest, our books are the exchange's; and no candle or fill has a price that the exchange never had."""
    service.wait(is_settled, within_s=60)
    service.halt(VENUES)
    service.wait(is_settled, within_s=60)
    assert service.stop()[0] == 0, service.tail()
    state = service.journaled()
    for venue in VENUES:
        assert not compare(state, service.ledger(venue), venue)
    prices = {venue: {e.price for e in service.ledger(venue).executions} for venue in VENUES}
    registry = Plugins(plugins(), third_party=False).registry
    for record in registry.journal_type("sqlite").read(service.state_dir):
        match record:
            case OrderFilled(fill=fill):
                assert fill.price in prices[fill.instrument.venue]
            case CandleClosed(candle=candle):
                assert candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
                assert candle.low > 0
                assert candle.volume < Decimal("1e12")
            case PlaceOrder(order=order):
                assert order.quantity > 0
            case _:
                pass
