"""What the commands about the account say: of one service on the simulated exchange, and of what it leaves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import ccxt
import network_guard
import pytest
from e2e.running import Service, is_settled
from sim.wires.kit import connected

from twinstar.builtin.journal import read_journal
from twinstar.engine.comparing import SETTLES_MS

ETH, BTC, KRW = "ETH/USDT:USDT@binanceusdm", "BTC/USDT:USDT@binanceusdm", "BTC/KRW@upbit"
CONFIG = f"""
venues:
  binanceusdm:
    type: ccxt
    mode: sim
    instruments: [BTC/USDT:USDT, ETH/USDT:USDT]
    leverage: 3
    timeout_s: 4
    sim: {{balances: {{USDT: 10000}}}}
  upbit:
    type: ccxt
    mode: sim
    instruments: [BTC/KRW]
    sim: {{balances: {{KRW: 20000000}}}}
strategies:
  perpetuals: {{type: ma_cross, instruments: ["{BTC}"], short: true, stop_percent: 1.5, notional: 1000}}
  spot: {{type: ma_cross, instruments: ["{KRW}"], stop_percent: 1.5, notional: 1000000}}
sim: {{seed: 7, speed: 60, history: 300}}
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """It has traded on both venues; the market stands, so that what is asked twice is the same."""
    place = tmp_path_factory.mktemp("service")
    (place / "config.yaml").write_text(CONFIG, encoding="utf-8")
    with network_guard.child_environment(place / "guard") as environment:
        one = Service(place / "config.yaml", place / "state", environment)
        one.start()
        one.wait(_has_traded)
        one.halt(["binanceusdm", "upbit"])
        yield one
        one.end()


def _has_traded(status) -> bool:
    return is_settled(status) and all(venue["orders"]["filled"] for venue in status["venues"])


@pytest.fixture
def ask(service: Service, twinstar):
    def asking(*arguments: object, code: int | None = 0):
        ended, out, err = twinstar(*arguments, "-c", service.config, "--state-dir", service.state_dir, "--json")
        assert code in (ended, None), err
        return json.loads(out)

    return asking


@pytest.fixture
def look(service: Service, twinstar):
    def looking(*arguments: object, code: int = 0) -> tuple[str, str]:
        ended, out, err = twinstar(*arguments, "-c", service.config, "--state-dir", service.state_dir)
        assert ended == code, err
        return out, err

    return looking


def test_orders_are_those_of_the_exchange(service: Service, ask):
    told = ask("orders")
    assert told["source"] == "service"
    ours = {row["order_id"]: row for row in told["rows"]}
    theirs = {**service.ledger("binanceusdm").by_client_id, **service.ledger("upbit").by_client_id}
    assert ours.keys() == theirs.keys()
    assert {Decimal(row["filled"]) for row in ours.values()} == {order.filled for order in theirs.values()}
    standing = ask("orders", "--open")["rows"]
    assert {row["kind"] for row in standing} == {"stop"}
    assert all(row["venue_order_id"] and row["ours"] for row in standing)


def test_orders_may_be_narrowed_by_venue_instrument_time_and_number(ask):
    assert {row["instrument"] for row in ask("orders", "--venue", "upbit")["rows"]} == {KRW}
    assert {row["instrument"] for row in ask("orders", "--instrument", BTC)["rows"]} == {BTC}
    assert ask("orders", "--venue", "upbit", "--instrument", BTC)["rows"] == []
    assert ask("orders", "--since", "2100-01-01")["rows"] == []
    assert len(ask("orders", "--last", "1")["rows"]) == 1


def test_fills_are_the_executions_of_the_exchange_with_their_fees(service: Service, ask):
    rows = ask("fills")["rows"]
    theirs = [*service.ledger("binanceusdm").executions, *service.ledger("upbit").executions]
    assert len(rows) == len(theirs)
    told = {(row["order_id"], Decimal(row["quantity"]), Decimal(row["fee"])) for row in rows}
    assert told == {(each.client_id, each.quantity, each.fee) for each in theirs}
    assert {row["strategy"] for row in rows} == {"perpetuals", "spot"}


def test_positions_say_what_is_held_and_how_it_is_protected(service: Service, ask, look):
    rows = {row["instrument"]: row for row in ask("positions")["rows"]}
    assert rows.keys() == {BTC, KRW}
    for of, row in rows.items():
        symbol, _, venue = of.rpartition("@")
        sign = 1 if row["side"] == "long" else -1
        assert sign * Decimal(row["quantity"]) == service.ledger(venue).net(symbol)
    assert [rows[BTC]["protection"], rows[KRW]["protection"]] == ["resident", "local"]
    out, _ = look("positions")
    assert "at the venue" in out
    assert "held here" in out


def test_balances_tell_what_is_free_locked_and_in_positions(ask):
    rows = {(row["venue"], row["asset"]): row for row in ask("balances")["rows"]}
    usdt = rows["binanceusdm", "USDT"]
    assert Decimal(usdt["total"]) == Decimal(usdt["free"]) + Decimal(usdt["locked"])
    assert rows["upbit", "KRW"]["dust"] is False


def test_profit_and_loss_is_the_exchanges(service: Service, ask):
    told = ask("pnl", "--by", "strategy")
    rows = {row["of"]: row for row in told["rows"]}
    theirs = service.ledger("binanceusdm").executions
    assert Decimal(rows["perpetuals"]["fees"]["USDT"]) == sum(each.fee for each in theirs)
    wallet = service.ledger("binanceusdm").balances["USDT"].total
    assert Decimal(rows["perpetuals"]["booked"]) == wallet - 10_000
    assert {row["asset"] for row in told["total"]} == {"USDT", "KRW"}


def test_a_table_says_the_same_in_few_words(look):
    for command in ("orders", "fills", "balances", "pnl"):
        out, _ = look(command)
        assert "BTC" in out or "KRW" in out
    out, err = look("pnl", "--by", "day")
    assert "booked" in out
    assert "from the journal" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["orders", "--venue", "nix"], "no venue 'nix'; there are: binanceusdm, upbit"),
        (["fills", "--instrument", "BTC"], "'BTC' is not an instrument: write symbol@venue"),
        (["pnl", "--by", "moon"], "'moon' is not one of"),
        (["orders", "--since", "soon"], "'soon' is not a time"),
        (["fills", "--last", "0"], "is not in the range"),
    ],
)
def test_what_makes_no_sense_is_exit_2_and_says_what_would(arguments, words, look):
    out, err = look(*arguments, code=2)
    assert out == ""
    assert words in err


def trade_at_the_venue(service: Service, symbol: str, side: str, amount: str) -> None:
    """As the account's owner does, past us."""
    simulated = json.loads((service.state_dir / "sim" / "sim.json").read_text())["venues"]["binanceusdm"]
    client = connected(ccxt.binanceusdm, simulated["port"])
    client.apiKey, client.secret = simulated["api_key"], simulated["secret"]
    client.create_order(symbol, "market", side, amount)
    client.session.close()


def bid(service: Service, part: str) -> Decimal:
    """Such a part of ETH's last price."""
    instruments = [one for venue in service.status()["venues"] for one in venue["instruments"]]
    price = next(Decimal(one["last_price"]) for one in instruments if one["id"] == ETH)
    return (price * Decimal(part)).quantize(Decimal("0.01"))


def ticket(service: Service, **changes: object) -> list[object]:
    options = {"instrument": ETH, "side": "buy", "quantity": "0.1", "stop": bid(service, "0.95")}
    return ["order", "place", *(part for k, v in {**options, **changes}.items() if v for part in (f"--{k}", v))]


def test_an_order_by_hand_is_only_said_without_yes(service: Service, look):
    out, err = look(*ticket(service), code=2)
    assert "buy 0.1 ETH/USDT:USDT@binanceusdm at market, stop at" in out
    assert "add --yes" in err
    assert not any(o.request.symbol == "ETH/USDT:USDT" for o in service.ledger("binanceusdm").orders)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stop": "9999999"}, "is not on the losing side"),
        ({"quantity": "0.0001"}, "is below the smallest"),
        ({"instrument": "DOGE/USDT:USDT@binanceusdm"}, f"is not traded here; there are: {KRW}"),
        ({"instrument": "ETH"}, "'ETH' is not an instrument"),
    ],
)
def test_an_order_that_is_refused_says_by_which_rule_and_is_not_sent(service: Service, changes, words, look):
    out, err = look(*ticket(service, **changes), "--yes", code=1)
    assert out == ""
    assert words in err
    assert not any(o.request.symbol == "ETH/USDT:USDT" for o in service.ledger("binanceusdm").orders)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quantity": "-1"}, "'-1' is not a positive number"),
        ({"cost": "5"}, "say either --quantity or --cost"),
        ({"stop": None}, "Missing option '--stop'"),
    ],
)
def test_an_order_that_makes_no_sense_is_never_asked_for(service: Service, changes, words, look):
    _, err = look(*ticket(service, **changes), "--yes", code=2)
    assert words in err


def test_an_order_that_waits_for_its_price_is_placed_and_canceled_by_hand(service: Service, ask, look):
    price = bid(service, "0.97")
    placed = ask(*ticket(service, price=price), "--yes")
    order_id = placed["order"]["order_id"]
    assert placed["outcome"] == "accepted"
    assert [o.request.client_id for o in service.ledger("binanceusdm").open_orders] == [order_id]
    assert {row["strategy"] for row in ask("orders", "--instrument", ETH)["rows"]} == {"manual"}

    out, _ = look("order", "cancel", order_id, code=2)
    assert order_id in out
    assert service.ledger("binanceusdm").open_orders
    assert ask("order", "cancel", order_id, "--yes")["outcome"] == "canceled"
    assert service.ledger("binanceusdm").open_orders == []
    _, err = look("order", "cancel", order_id, "--yes", code=1)
    assert "is canceled already" in err


def test_an_order_whose_answer_was_lost_is_asked_about_until_its_fate_is_known(service: Service, ask):
    lost = {"on": "rest", "kind": "drop", "match": "POST /fapi.binance.com/fapi/v1/order"}
    service.tell_sim("binanceusdm", "faults", [lost])
    placed = ask(*ticket(service, price=bid(service, "0.97")), "--yes", code=None)  # 5 where the machine is busy
    order_id = placed["order"]["order_id"]
    assert placed["outcome"] in ("accepted", "unknown")
    service.wait(is_settled)
    (row,) = ask("orders", "--open", "--instrument", ETH)["rows"]
    assert (row["order_id"], row["status"]) == (order_id, "accepted")
    assert len(service.ledger("binanceusdm").orders_of(order_id)) == 1
    assert ask("order", "cancel", row["venue_order_id"], "--yes")["order"]["order_id"] == order_id


def test_what_the_venue_refuses_is_told_in_its_words(service: Service, look):
    _, err = look(*ticket(service, quantity="20"), "--yes", code=1)
    assert "rejected: " in err
    assert "Margin is insufficient" in err


def test_what_guards_a_position_is_not_canceled_by_hand(ask, look):
    (stop,) = [row for row in ask("orders", "--open", "--instrument", BTC)["rows"] if row["kind"] == "stop"]
    _, err = look("order", "cancel", stop["order_id"], "--yes", code=1)
    assert "guards what is held of BTC/USDT:USDT@binanceusdm" in err
    _, err = look("order", "cancel", "ts-none", "--yes", code=1)
    assert "no order ts-none of ours is known" in err


def test_an_order_by_cost_is_filled_protected_and_in_the_books(service: Service, ask, look):
    out, _ = look(*ticket(service, quantity=None, cost="500"), "--yes")
    assert "filled" in out
    (held,) = ask("positions", "--instrument", ETH)["rows"]
    service.wait(is_settled)
    assert abs(Decimal(held["quantity"]) * Decimal(held["entry_price"]) - 500) < 25
    assert Decimal(held["quantity"]) == service.ledger("binanceusdm").net("ETH/USDT:USDT")
    assert [o.request.symbol for o in service.ledger("binanceusdm").open_stops].count("ETH/USDT:USDT") == 1
    assert "manual" in {row["of"] for row in ask("pnl", "--by", "strategy")["rows"]}


def test_books_that_are_right_leave_nothing_to_do(look):
    assert look("reconcile")[0] == "the books are right: binanceusdm, upbit\n"
    _, err = look("reconcile", "--venue", "nix", code=1)
    assert "nix has no account here; there are: binanceusdm, upbit" in err


def test_reconcile_reads_the_funding_that_was_paid_meanwhile(service: Service, ask):
    service.tell_sim("binanceusdm", "funding", {"rate": "0.0005"})
    ask("reconcile", "--venue", "binanceusdm")
    (total,) = ask("pnl", "--venue", "binanceusdm")["total"]
    theirs = service.ledger("binanceusdm").payments
    assert len(theirs) == 2
    assert Decimal(total["funding"]["USDT"]) == sum(payment.amount for payment in theirs)
    assert Decimal(total["booked"]) == service.ledger("binanceusdm").balances["USDT"].total - 10_000


def test_what_is_traded_by_hand_at_the_venue_is_external_until_it_is_taken_in(service: Service, ask, look):
    (before,) = ask("positions", "--instrument", ETH)["rows"]
    trade_at_the_venue(service, "ETH/USDT:USDT", "buy", "0.2")
    fills = ask("fills", "--instrument", ETH)
    settled_ms = fills["rows"][-1]["time_ms"] + SETTLES_MS  # right after a fill of ours no reading counts
    time.sleep(max(settled_ms - fills["now_ms"], 0) / 1_000 + 0.1)
    (told,) = ask("reconcile", "--venue", "binanceusdm", code=8)["rows"]
    assert (told["verdict"], told["instrument"], told["state"]) == ("external", ETH, "left alone")
    assert told["rule"] == "reconcile.policy: alert"
    rows = ask("positions", "--instrument", ETH)["rows"]
    assert [(row["state"], row["quantity"]) for row in rows] == [("open", before["quantity"]), ("external", "0.200")]

    (taken,) = ask("reconcile", "--venue", "binanceusdm", "--apply")["rows"]
    assert (taken["verdict"], taken["state"], taken["protection"]) == ("update", "taken in", "resident")
    (row,) = ask("positions", "--instrument", ETH)["rows"]
    assert Decimal(row["quantity"]) == service.ledger("binanceusdm").net("ETH/USDT:USDT")
    (stop,) = [o for o in service.ledger("binanceusdm").open_stops if o.request.symbol == "ETH/USDT:USDT"]
    assert stop.request.quantity == Decimal(row["quantity"])
    assert ask("reconcile", "--venue", "binanceusdm")["rows"] == []


def test_an_instrument_that_is_not_configured_may_be_a_thing_of_the_past_and_is_said_to_be(look):
    out, err = look("fills", "--instrument", "ETH/USDT@binanceusdm")
    assert out == "no fills\n"
    assert "ETH/USDT@binanceusdm is not in the configuration" in err


def test_nothing_was_ever_there_to_ask(twinstar, service: Service, tmp_path: Path):
    code, out, err = twinstar("orders", "-c", service.config, "--state-dir", tmp_path / "none")
    assert (code, out) == (3, "")
    assert "twinstar start" in err


def test_what_a_killed_service_left_is_told_from_its_journal(service: Service, ask, look):
    """From here on in this file no service runs; the exchange does."""
    before = {name: ask(name)["rows"] for name in ("orders", "fills")}
    held = [(row["instrument"], row["quantity"]) for row in ask("positions")["rows"]]
    service.kill()
    after = ask("orders")
    assert (after["source"], after["rows"]) == ("journal", before["orders"])
    assert after["as_of_ms"] <= after["now_ms"]
    assert ask("fills")["rows"] == before["fills"]
    assert [(row["instrument"], row["quantity"]) for row in ask("positions")["rows"]] == held
    assert "from the journal, whose last word on the account is" in look("balances")[1]
    assert ask("pnl")["total"]


def test_of_a_venue_that_cannot_be_read_nothing_is_said(service: Service, look):
    trade_at_the_venue(service, "BTC/USDT:USDT", "buy", "0.1")
    away = {"on": "rest", "kind": "drop", "match": "GET /fapi.binance.com/fapi/v3/account", "lasts_ms": 20_000}
    service.tell_sim("binanceusdm", "faults", [away])
    out, err = look("reconcile", "--venue", "binanceusdm", code=1)
    assert out == ""
    assert "binanceusdm could not be read, nothing is said of it: " in err


def test_without_a_service_the_venues_are_read_and_the_plan_is_told(service: Service, ask):
    before = list(read_journal(service.state_dir))
    told = ask("reconcile", "--venue", "binanceusdm", code=8)
    assert [(row["verdict"], row["instrument"], row["state"]) for row in told["rows"]] == [
        ("clear", BTC, "planned"),
        ("external", BTC, "left alone"),
    ]
    assert list(read_journal(service.state_dir)) == before


def test_taking_in_needs_a_service_that_guards_it(look):
    _, err = look("reconcile", "--apply", code=3)
    assert "--apply is for a running service" in err
