"""The kill switch on a real service: a halt outlives a kill, everything is closed, and both books say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from e2e.conftest import MakeService
from e2e.running import Service, compare

from twinstar.domain import InstrumentId, Role

Told = tuple[int, str, str]  # the exit code, stdout and stderr
Command = Callable[..., Told]
PERP, SPOT = "BTC/USDT:USDT@binanceusdm", "BTC/KRW@upbit"
VENUES = ("binanceusdm", "upbit")
TRADING = """
venues:
  binanceusdm: {mode: sim, instruments: ["BTC/USDT:USDT"], recv_window_ms: 1000, sim: {balances: {USDT: 100000}}}
  upbit: {mode: sim, instruments: [BTC/KRW], sim: {balances: {KRW: 100000000}}}
risk: {max_order_notional: {USDT: 5000}}
sim: {seed: 3, speed: 1, history: 60}
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def command(twinstar: Command) -> Command:
    """``twinstar`` on the state of a service."""

    def call(service: Service, *arguments: str) -> Told:
        return twinstar(*arguments, "-c", service.config, "--state-dir", service.state_dir)

    return call


@pytest.fixture
def buy(command: Command) -> Command:
    def call(service: Service, of: str, cost: int, price: Decimal, *more: str) -> Told:
        stop = f"{price * Decimal('0.7'):.0f}"
        asked = ("--instrument", of, "--side", "buy", "--cost", str(cost), "--stop", stop, "--yes")
        return command(service, "order", "place", *asked, *more)

    return call


def live(service: Service) -> dict[str, Decimal]:
    """The last price of each instrument, once orders may leave."""

    def is_live(status: dict[str, Any]) -> bool:
        venues = status["venues"]
        return all(v["state"] == "live" and v["instruments"][0]["last_price"] for v in venues)

    status = service.wait(is_live)
    return {of["id"]: Decimal(of["last_price"]) for venue in status["venues"] for of in venue["instruments"]}


def test_a_halt_outlives_a_kill_and_close_all_leaves_nothing_held(
    make_service: MakeService, command: Command, buy: Command
) -> None:
    service = make_service(TRADING)
    service.start()
    prices = live(service)
    code, _, err = buy(service, PERP, 5_100, prices[PERP])
    assert (code, "risk.max_order_notional: the order would come to 5,0" in err) == (1, True)
    assert buy(service, PERP, 1_000, prices[PERP])[0] == 0
    waits = ("--price", f"{prices[SPOT] * Decimal('0.9'):.0f}")
    assert buy(service, SPOT, 1_000_000, prices[SPOT], *waits)[0] == 0

    code, out, _ = command(service, "halt", "--reason", "a look at the market")
    assert (code, out.startswith("no entries at any venue since ")) == (0, True)
    code, _, err = buy(service, PERP, 1_000, prices[PERP])
    assert (code, "a look at the market; `twinstar resume` lifts it" in err) == (1, True)
    service.kill()
    assert json.loads(command(service, "status", "--json")[1])["halts"][0]["reason"] == "a look at the market"
    assert "a look at the market" in command(service, "status")[1]
    service.start()
    live(service)
    assert "a look at the market" in buy(service, PERP, 1_000, prices[PERP])[2]

    code, out, err = command(service, "close-all")
    assert (code, out.count("would close"), "add --yes" in err) == (2, 2, True)
    code, out, _ = command(service, "close-all", "--yes", "--json")
    assert (code, [row["state"] for row in json.loads(out)["rows"]]) == (0, ["closed", "closed"])
    service.halt(VENUES)
    journaled = service.journaled()
    for venue in VENUES:
        assert not compare(journaled, service.ledger(venue), venue)
    assert [of for of in journaled.positions if not journaled.is_dust(of)] == []
    assert [order for order in journaled.all_open() if order.role is Role.ENTRY] == []

    code, out, _ = command(service, "resume", "--json")
    told = json.loads(out)
    assert (code, told["halts"]) == (0, [])
    assert [halt["reason"] for halt in told["lifted"]] == ["a look at the market", "close-all: by hand"]
    assert command(service, "halt", "--venue", "elsewhere")[0] == 1


def test_a_close_all_that_the_venue_does_not_carry_out_says_so_and_goes_on_after_a_kill(
    make_service: MakeService, command: Command, buy: Command
) -> None:
    service = make_service(TRADING)
    service.start()
    assert buy(service, PERP, 1_000, live(service)[PERP])[0] == 0
    lost = {"on": "rest", "match": "POST .*/order", "kind": "drop_before", "lasts_ms": 4_000}
    service.tell_sim("binanceusdm", "faults", [lost])
    code, out, _ = command(service, "close-all", "--instrument", PERP, "--yes", "--wait", "3s")
    assert (code, out.startswith("not closed: ")) == (1, True)
    service.kill()
    service.start()
    service.wait(lambda status: not status["closing"])
    service.wait(lambda _: service.journaled().position(InstrumentId.parse(PERP)).is_flat)  # on disk a moment later


def test_without_a_service_the_next_start_comes_up_halted(
    make_service: MakeService, command: Command, buy: Command
) -> None:
    service = make_service(TRADING)
    code, out, err = command(service, "halt", "--venue", "upbit", "--reason", "before the start")
    assert (code, out.startswith("no entries at upbit since")) == (0, True)
    assert "no service runs" in err
    code, _, err = command(service, "close-all", "--yes")
    assert (code, "is for a running service" in err) == (3, True)
    service.start()
    prices = live(service)
    assert "before the start" in buy(service, SPOT, 1_000_000, prices[SPOT])[2]
    assert buy(service, PERP, 1_000, prices[PERP])[0] == 0
    service.stop()
    assert command(service, "resume")[1].startswith("lifted: no entries at upbit since")
    assert command(service, "resume")[1].strip() == "nothing was halted; entries are allowed"
    assert command(service, "halt", "--venue", "upbt")[0] == 2
