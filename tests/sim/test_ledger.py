"""The ledger gives everything back: from any line on the exchange is what it was, as if it had only paused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from sim.kit import BUY, PERP, SELL, SPOT, D, Wall

from twinstar.config import SimConfig, SimMarketConfig, SimVenueConfig
from twinstar.errors import StateError
from twinstar.sim.build import open_exchange
from twinstar.sim.exchange import SimExchange
from twinstar.sim.ledger import read_ledger, read_lines
from twinstar.sim.model import Kind, Refusal, Request, Tick, TimeInForce

MONEY = {"USDT": D(100_000), "KRW": D(500_000_000), "BTC": D(3)}
WILD = SimMarketConfig(volatility=5)  # so that something happens within minutes


def opened(file: Path, wall: Wall | None = None, *, seed: int = 1) -> SimExchange:
    config = SimVenueConfig(balances=MONEY, markets={PERP.symbol: WILD, SPOT.symbol: WILD})
    sim = SimConfig(seed=seed, history=5)
    return open_exchange("venue", [PERP, SPOT], sim=sim, config=config, ledger=file, wall=wall or Wall())


def state(exchange: SimExchange) -> tuple[object, ...]:
    """All that a client could find out."""
    return (
        exchange.orders("main"),
        exchange.executions("main"),
        exchange.balances("main"),
        exchange.positions("main"),
        exchange.clock.market_ms(),
        [(exchange.ticker(each).last, exchange.ticker(each).last_trade_id) for each in exchange.listings],
        [exchange.candles(each, 60_000, limit=3) for each in exchange.listings],
    )


def act(exchange: SimExchange, random: Random) -> None:
    """One request or one step of the market, as chance has it."""
    listing = random.choice((PERP, SPOT))
    last = exchange.ticker(listing.symbol).last
    near = last + random.randint(-300, 300) * listing.tick
    side, size = random.choice((BUY, SELL)), D(random.randint(1, 300)) / 1000
    open_ids = [order.id for order in exchange.orders("main", open_only=True)]
    match random.randint(0, 9):
        case 0:
            wish = Request(symbol=listing.symbol, side=side, kind=Kind.MARKET, quantity=size)
            exchange.place("main", wish)
        case 1 | 2:
            tif = random.choice(tuple(TimeInForce))
            wish = Request(
                symbol=listing.symbol, side=side, kind=Kind.LIMIT, quantity=size, price=near, time_in_force=tif
            )
            exchange.place("main", wish)
        case 3:
            wish = Request(symbol=listing.symbol, side=side, kind=Kind.STOP_MARKET, quantity=size, trigger_price=near)
            exchange.place("main", wish)
        case 4 if open_ids:
            exchange.cancel("main", random.choice(open_ids))
        case 5 if open_ids:
            exchange.amend("main", random.choice(open_ids), quantity=size)
        case 6:
            exchange.set_leverage("main", PERP.symbol, random.randint(0, 50))
        case _:
            exchange.step()


def test_after_a_kill_at_any_line_everything_is_as_it_was_at_that_line(tmp_path: Path) -> None:
    exchange, random = opened(tmp_path / "ledger"), Random(3)
    states: dict[int, tuple[object, ...]] = {}
    for _ in range(300):
        before = (tmp_path / "ledger").read_bytes().count(b"\n")
        with suppress(Refusal):
            act(exchange, random)
        lines = (tmp_path / "ledger").read_bytes().count(b"\n")
        if lines == before + 1:
            states[lines] = state(exchange)
    data = (tmp_path / "ledger").read_bytes().splitlines(keepends=True)
    exchange.close()
    assert len(states) > 120
    assert len(exchange.executions("main")) > 30
    for lines, expected in states.items():
        file = tmp_path / f"{lines}"
        file.write_bytes(b"".join(data[:lines]) + data[min(lines, len(data) - 1)][:37])
        again = opened(file)
        again.close()
        assert state(again) == expected, f"line {lines}"


def test_a_restarted_exchange_goes_on_as_if_it_had_only_paused(tmp_path: Path) -> None:
    wall = Wall()
    exchange, random = opened(tmp_path / "ledger", wall), Random(5)
    for _ in range(200):
        with suppress(Refusal):
            act(exchange, random)
    exchange.record.position()
    (tmp_path / "copy").write_bytes((tmp_path / "ledger").read_bytes())
    again = opened(tmp_path / "copy", wall)
    heard: dict[str, list[object]] = {"exchange": [], "again": []}
    for name, each in (("exchange", exchange), ("again", again)):
        each.on_account("main", heard[name].append)
        for symbol in each.listings:
            each.on_tick(symbol, heard[name].append)
            each.on_candle(symbol, heard[name].append)
        for _ in range(600):
            each.step()
        each.close()
    assert heard["again"] == heard["exchange"]
    assert any(not isinstance(each, Tick) for each in heard["again"])
    assert state(again) == state(exchange)


def test_numbers_go_on_where_they_were(tmp_path: Path) -> None:
    exchange = opened(tmp_path / "ledger")
    wish = Request(symbol=PERP.symbol, side=BUY, kind=Kind.MARKET, quantity=D(1))
    before = exchange.place("main", wish)
    exchange.close()
    again = opened(tmp_path / "ledger")
    after = again.place("main", wish)
    again.close()
    assert after.id == before.id + 1
    assert after.executions[0].id == before.executions[-1].id + 1


def test_money_is_deposited_once(tmp_path: Path) -> None:
    for _ in range(3):
        exchange = opened(tmp_path / "ledger")
        assert {each.asset: each.total for each in exchange.balances("main")} == MONEY
        exchange.close()


def test_another_seed_begins_another_market_but_the_account_stays(tmp_path: Path) -> None:
    exchange = opened(tmp_path / "ledger")
    for _ in range(100):
        exchange.step()
    exchange.place("main", Request(symbol=PERP.symbol, side=BUY, kind=Kind.MARKET, quantity=D(1)))
    exchange.close()
    again = opened(tmp_path / "ledger", seed=2)
    assert again.positions("main") == exchange.positions("main")
    assert again.clock.market_ms() < exchange.clock.market_ms()
    again.close()


def test_refusals_are_written_down_with_what_was_asked(tmp_path: Path) -> None:
    exchange = opened(tmp_path / "ledger")
    wish = Request(symbol=PERP.symbol, side=BUY, kind=Kind.MARKET, quantity=D(500), client_id="too-much")
    for ask in (lambda: exchange.place("main", wish), lambda: exchange.cancel("main", 7)):
        with pytest.raises(Refusal):
            ask()
    exchange.close()
    placed, cancelled = read_ledger(tmp_path / "ledger").refused
    assert (placed.action, placed.request, placed.reason) == ("place", wish, "insufficient funds")
    assert (cancelled.action, cancelled.order_id, cancelled.reason) == ("cancel", 7, "no such order")


def test_the_view_shows_orders_by_client_id_positions_stops_and_balances(tmp_path: Path) -> None:
    exchange = opened(tmp_path / "ledger")

    def place(**wish: object) -> None:
        exchange.place("main", Request(symbol=PERP.symbol, **wish))

    place(side=BUY, kind=Kind.MARKET, quantity=D("0.3"), client_id="in")
    place(side=SELL, kind=Kind.STOP_MARKET, trigger_price=D(50_000), close_position=True, client_id="stop")
    place(side=BUY, kind=Kind.LIMIT, quantity=D("0.1"), price=D(50_000), client_id="low")
    exchange.close()
    view = read_ledger(tmp_path / "ledger")
    assert view.by_client_id["in"] == exchange.order("main", client_id="in")
    assert [order.request.client_id for order in view.open_stops] == ["stop"]
    assert [order.request.client_id for order in view.open_orders] == ["low"]
    assert view.net(PERP.symbol) == D("0.3")
    assert list(view.executions) == list(exchange.executions("main"))
    assert view.balances["USDT"].total == exchange.balances("main")[0].total
    assert view.last is not None
    assert view.last.market_ms == exchange.clock.market_ms()


def test_damage_in_the_middle_is_an_error_with_its_place(tmp_path: Path) -> None:
    exchange = opened(tmp_path / "ledger")
    exchange.place("main", Request(symbol=PERP.symbol, side=BUY, kind=Kind.MARKET, quantity=D(1)))
    exchange.close()
    lines = (tmp_path / "ledger").read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"Told", b"Sold")
    (tmp_path / "ledger").write_bytes(b"".join(lines))
    with pytest.raises(StateError, match=r"ledger:2: the simulated account's ledger is damaged"):
        list(read_lines(tmp_path / "ledger"))


BUSY = """
import sys
from contextlib import suppress
from pathlib import Path
from random import Random
from sim.test_ledger import act, opened
from twinstar.sim.model import Refusal
exchange, random = opened(Path(sys.argv[1])), Random(11)
while True:
    try:
        act(exchange, random)
    except Refusal:
        pass
    print(len(exchange.orders("main")), len(exchange.executions("main")), flush=True)
"""


@pytest.mark.slow
def test_what_was_answered_survives_a_real_kill(tmp_path: Path, guarded_environment: dict[str, str]) -> None:
    random = Random(17)
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", BUSY, str(tmp_path / "ledger")],
            stdout=subprocess.PIPE,
            env=guarded_environment,
            text=True,
        )
        assert process.stdout is not None
        answers = [process.stdout.readline() for _ in range(random.randint(50, 200))]
        os.kill(process.pid, signal.SIGKILL)
        answers += process.stdout.read().splitlines(keepends=True)
        process.stdout.close()
        process.wait()
        orders, executions = map(int, [each for each in answers if each.endswith("\n")][-1].split())
        view = read_ledger(tmp_path / "ledger")
        assert len(view.orders) >= orders
        assert len(view.executions) >= executions
        assert len(view.orders) <= orders + 1  # the one that was not answered any more
