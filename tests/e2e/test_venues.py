"""Every venue that is simulated: it trades, its stop trails, a kill finds it again, and both sides have equal books."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib.metadata import entry_points
from typing import Any

import pytest
from e2e.conftest import MakeService
from e2e.kills import LIGHTER
from e2e.running import Service, compare, is_settled

from twinstar.domain import StopMoved
from twinstar.errors import ConfigError
from twinstar.runtime.tape import Cut, cut
from twinstar_lighter import library

CONFIG = """
version: "1"
venues:
  {venue}:
    mode: sim
    instruments: [{symbol}]
    {more}
    sim: {{balances: {{{quote}: {money}}}}}
strategies:
  restless:
    type: ma_cross
    instruments: ["{symbol}@{venue}"]
    fast: 1
    slow: 2
    stop_percent: 0.3
    trail: 0
    notional: {notional}
    short: true
sim: {{seed: 3, speed: 120, history: 60}}
tapes: {{}}
"""
IN_DOLLARS = {"more": "recv_window_ms: 2000", "quote": "USDT", "money": 100_000, "notional": 3_000}
IN_WON = {"more": "type: bithumb_native", "quote": "KRW", "money": 100_000_000, "notional": 3_000_000}
IN_USDC = {"more": "type: lighter", "quote": "USDC", "money": 100_000, "notional": 3_000}
MONEY = {"KRW": IN_WON, "USDC": IN_USDC, "USDT": IN_DOLLARS}
FILLED = 2  # one order to open and one to close, at least


def needs_signer() -> pytest.MarkDecorator:
    """Lighter's native library, which `run.py` installs where there is one for the platform."""
    try:
        library.find(None)
    except ConfigError as e:
        return pytest.mark.skip(reason=str(e))
    is_installed = bool(entry_points(group="twinstar", name="lighter"))
    return pytest.mark.skipif(not is_installed, reason="not installed: pip install -e plugins/lighter")


pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.mark.parametrize(
    ("venue", "symbol", "stops"),
    [
        ("binance", "BTC/USDT", "local"),
        ("bingx", "BTC/USDT:USDT", "resident"),
        ("bitget", "BTC/USDT:USDT", "resident"),
        ("bybit", "BTC/USDT:USDT", "resident"),
        ("okx", "BTC/USDT:USDT", "resident"),
        ("bithumb", "BTC/KRW", "local"),
        pytest.param("lighter", "ETH/USDC:USDC", "resident", marks=needs_signer()),
    ],
)
def test_it_trades_and_trails_is_killed_and_ends_with_equal_books(
    make_service: MakeService, venue: str, symbol: str, stops: str
) -> None:
    service = make_service(
        CONFIG.format(venue=venue, symbol=symbol, **MONEY[symbol.partition("/")[2].partition(":")[0]])
    )
    service.start()
    service.wait(lambda status: _filled(status) >= FILLED and _is_protected(status, stops))
    service.wait(lambda _: _trailed(service), every_s=0.5)
    service.kill()
    service.start()
    service.wait(is_settled)
    service.tell_sim(venue, "halt", {})
    service.wait(_is_at_rest)
    known_as = LIGHTER.known_as if venue == "lighter" else str
    assert not compare(service.journaled(), service.ledger(venue), venue, known_as), service.tail()
    lives = _tapes(service, venue)
    assert len(lives) == 2
    for life in lives:
        assert {"open", "<", ">"} <= {row.what for row in life.rows}
        assert life.exchanges
    at_venue = {order.request.trigger_price for order in service.ledger(venue).orders if order.request.kind.is_trigger}
    assert bool(at_venue) is (stops == "resident")
    assert bool(at_venue & _trailed(service)) is (stops == "resident")
    assert service.stop()[0] == 0, service.tail()
    assert "Traceback" not in service.log.read_text(encoding="utf-8")


def _tapes(service: Service, venue: str) -> list[Cut]:
    """Both lives' frames both ways and answers; no key of the account is in them."""
    served = json.loads((service.state_dir / "sim" / "sim.json").read_text(encoding="utf-8"))["venues"][venue]
    service.stop()  # which writes the last of them
    written = b"".join(path.read_bytes() for path in (service.state_dir / "tapes").rglob("*.jsonl"))
    assert served["api_key"].encode() not in written
    assert served["secret"].encode() not in written
    return list(cut(service.state_dir / "tapes", 0, 2**62))


def _trailed(service: Service) -> set[Decimal]:
    """Where stops were moved to, behind the price."""
    return {r.stop_price for r in service.records() if isinstance(r, StopMoved) and "trailing" in r.reason}


def _filled(status: dict[str, Any]) -> int:
    return sum(venue["orders"]["filled"] for venue in status["venues"])


def _is_protected(status: dict[str, Any], how: str) -> bool:
    return is_settled(status) and any(
        position["protection"] == how for venue in status["venues"] for position in _positions(venue)
    )


def _is_at_rest(status: dict[str, Any]) -> bool:
    """Nothing open but the stop of the position."""
    return is_settled(status) and all(
        venue["orders"]["open"] == sum(position["protection"] == "resident" for position in _positions(venue))
        for venue in status["venues"]
    )


def _positions(venue: dict[str, Any]) -> list[dict[str, Any]]:
    return [position for account in venue["accounts"] for position in account["positions"]]
