"""What orders lock, what executions cost, what positions are worth: by hand, to the digit."""

from __future__ import annotations

import pytest
from sim.kit import BUY, PERP, SELL, D, perpetual, spot

from twinstar.sim.model import AccountChanged, Kind, OrderChanged, Reason, Refusal, Status, TimeInForce


def test_a_limit_buy_on_spot_locks_its_cost_and_its_fee() -> None:
    stage = spot(krw="1000000", btc="0")
    order = stage.place(BUY, "0.01", 80_000_000)
    assert order.locked == D("800400")
    assert (stage.balance("KRW").free, stage.balance("KRW").locked) == (D("199600"), D("800400"))
    stage.exchange.cancel("main", order.id)
    assert (stage.balance("KRW").free, stage.balance("KRW").locked) == (D(1_000_000), D(0))


def test_a_sell_on_spot_locks_the_coins_and_pays_its_fee_from_the_proceeds() -> None:
    stage = spot(krw="0", btc="1")
    order = stage.place(SELL, "0.4", 100_000_000)
    assert (stage.balance("BTC").free, stage.balance("BTC").locked) == (D("0.6"), D("0.4"))
    stage.tick(100_000_000, "0.1")
    assert (stage.now(order).locked, stage.balance("BTC").locked) == (D("0.3"), D("0.3"))
    assert stage.balance("KRW").free == D("10000000") - D("5000")
    assert stage.now(order).executions[0].fee_asset == "KRW"


def test_a_partly_filled_buy_keeps_locked_what_the_rest_needs() -> None:
    stage = spot(krw="10000000", btc="0")
    order = stage.place(BUY, "0.1", 80_000_000)
    stage.tick(80_000_000, "0.025")
    assert stage.now(order).locked == D("0.075") * 80_000_000 * D("1.0005")
    assert stage.balance("BTC").free == D("0.025")
    stage.exchange.cancel("main", order.id)
    assert stage.balance("KRW").locked == 0
    assert stage.balance("KRW").free == D(10_000_000) - D("0.025") * 80_000_000 * D("1.0005")


def test_a_buy_that_fills_below_its_limit_gets_the_difference_back() -> None:
    stage = spot(krw="10000000", btc="0")
    price, _ = stage.best(SELL)
    order = stage.place(BUY, "0.001", price + 1_000_000)
    assert order.average_price == price
    assert stage.balance("KRW").free == D(10_000_000) - price * D("0.001") * D("1.0005")


def test_a_market_buy_keeps_locked_what_it_has_still_to_pay() -> None:
    stage = spot(krw="100000000", btc="0")
    order = stage.place(BUY, "0.5")
    trades = [each.order for each in stage.events if isinstance(each, OrderChanged) and each.what == "trade"]
    spent = D(0)
    for each in trades:
        spent += each.executions[-1].price * each.executions[-1].quantity * D("1.0005")
        assert each.locked == order.filled_cost * D("1.0005") - spent
    assert len(trades) > 2


def test_an_amended_buy_locks_by_its_new_terms_and_may_use_its_old_lock() -> None:
    stage = spot(krw="900000", btc="0")
    order = stage.place(BUY, "0.01", 80_000_000)
    amended = stage.exchange.amend("main", order.id, price=D(85_000_000))
    assert amended.locked == stage.balance("KRW").locked == D("850425")
    with pytest.raises(Refusal) as caught:
        stage.exchange.amend("main", order.id, price=D(89_999_000))
    assert caught.value.reason is Reason.NO_FUNDS
    assert stage.now(order) == amended


@pytest.mark.parametrize(
    "order",
    [
        {"side": BUY, "quantity": "0.0111", "price": 90_000_000},
        {"side": BUY, "quantity": "0.0112"},
        {"side": BUY, "cost": 1_000_000},  # the fee comes on top
        {"side": SELL, "quantity": "0.1", "price": 90_000_000},
        {"side": SELL, "quantity": "0.1"},
    ],
)
def test_who_cannot_pay_on_spot_is_refused(order: dict[str, object]) -> None:
    stage = spot(krw="999000", btc="0.05")
    with pytest.raises(Refusal) as caught:
        stage.place(**order)
    assert caught.value.reason is Reason.NO_FUNDS


def test_a_position_averages_its_entry_and_realises_profit_when_it_shrinks() -> None:
    stage = perpetual()
    for price in (50_000, 50_100):
        stage.place(BUY, "0.1", price, time_in_force=TimeInForce.POST_ONLY)
    stage.tick(50_000, 10)
    stage.tick(49_999)
    position = stage.position()
    assert (position.quantity, position.entry_price) == (D("0.2"), D(50_050))
    stage.place(SELL, "0.05", 51_000)
    stage.tick(51_001)
    execution = stage.exchange.executions("main")[-1]
    assert execution.realized == D("0.05") * 950
    assert stage.position().entry_price == D(50_050)
    fees = sum(each.fee for each in stage.exchange.executions("main"))
    total = stage.balance("USDT").total
    assert total == 100_000 + execution.realized - fees


def test_what_does_not_divide_evenly_stays_in_the_cost_of_the_position() -> None:
    stage = perpetual()
    stage.place(BUY, "0.003", 50_000)
    stage.place(BUY, "0.004", "50000.1")
    stage.tick(49_999)
    assert stage.position().cost == D("350.0004")
    stage.place(SELL, "0.001", 51_000)
    stage.tick(51_001)
    assert stage.exchange.executions("main")[-1].realized == D("51") - D("50.00005714")
    assert stage.position().cost == D("350.0004") - D("50.00005714")


def test_a_position_that_turns_realises_the_old_side_and_enters_at_the_new_price() -> None:
    stage = perpetual()
    stage.place(BUY, "0.1", 59_000)
    stage.tick(58_999)
    stage.place(SELL, "0.3", 59_500)
    stage.tick(59_501)
    assert (stage.position().quantity, stage.position().entry_price) == (D("-0.2"), D(59_500))
    assert stage.exchange.executions("main")[-1].realized == D(50)


def test_unrealised_profit_goes_by_the_last_price_on_both_sides() -> None:
    stage = perpetual()
    stage.place(SELL, "0.5", 61_000)
    stage.tick(61_001)
    stage.tick(60_000)
    assert stage.exchange.unrealized("main", PERP.symbol) == D(500)
    stage.tick(62_000)
    assert stage.exchange.unrealized("main", PERP.symbol) == D(-500)


def test_margin_is_locked_by_leverage_for_positions_and_for_orders_that_add_to_them() -> None:
    stage = perpetual("10000")
    stage.place(BUY, 1, 50_000)
    assert stage.balance("USDT").locked == D(2_500)
    stage.tick(49_999)
    assert stage.balance("USDT").locked == D(2_500)
    stage.place(SELL, 1, 70_000)  # closing needs none
    assert stage.balance("USDT").locked == D(2_500)


def test_a_resting_sell_needs_margin_as_a_buy_does_but_not_both_at_once() -> None:
    stage = perpetual("10000")
    stage.place(SELL, 1, 70_000)
    assert stage.balance("USDT").locked == D(3_500)
    stage.place(BUY, 1, 50_000)
    assert stage.balance("USDT").locked == D(3_500)


def test_an_order_that_the_margin_does_not_cover_is_refused() -> None:
    stage = perpetual("1000")
    with pytest.raises(Refusal) as caught:
        stage.place(BUY, "0.4", 50_000)  # 1000 of margin, and a fee on top
    assert caught.value.reason is Reason.NO_FUNDS
    assert stage.place(BUY, "0.39", 50_000).status is Status.NEW


def test_leverage_decides_how_much_margin_is_needed() -> None:
    stage = perpetual("1000")
    stage.exchange.set_leverage("main", PERP.symbol, 100)
    stage.place(BUY, 1, 50_000)
    assert stage.balance("USDT").locked == D(500)
    with pytest.raises(Refusal) as caught:
        stage.exchange.set_leverage("main", PERP.symbol, 10)
    assert caught.value.reason is Reason.NO_FUNDS
    for leverage in (0, 126):
        with pytest.raises(Refusal) as caught:
            stage.exchange.set_leverage("main", PERP.symbol, leverage)
        assert caught.value.reason is Reason.BAD_LEVERAGE


def test_the_margin_mode_changes_only_while_nothing_depends_on_it() -> None:
    stage = perpetual()
    assert stage.exchange.set_margin_mode("main", PERP.symbol, "isolated").margin_mode == "isolated"
    stage.place(BUY, "0.1", 50_000)
    for mode, reason in (("isolated", Reason.NO_CHANGE), ("cross", Reason.NOT_SUPPORTED), ("odd", Reason.BAD_VALUE)):
        with pytest.raises(Refusal) as caught:
            stage.exchange.set_margin_mode("main", PERP.symbol, mode)
        assert caught.value.reason is reason


def test_a_trigger_order_that_cannot_be_paid_for_when_it_fires_expires() -> None:
    stage = perpetual("1000")
    stop = stage.place(BUY, 10, kind=Kind.STOP_MARKET, trigger=61_000)
    stage.tick(61_000)
    assert stage.now(stop).status is Status.EXPIRED
    assert "insufficient funds" in stage.now(stop).reason


def test_funding_flows_from_longs_to_shorts() -> None:
    stage = perpetual(accounts=("main", "other"))
    stage.exchange.treasury.deposit("other", {"USDT": D(100_000)})
    stage.place(SELL, 1, 60_000, account="other", time_in_force=TimeInForce.POST_ONLY)
    stage.place(BUY, 1)
    before = [stage.balance("USDT", name).total for name in ("main", "other")]
    stage.exchange.treasury.fund(D("0.0001"))
    after = [stage.balance("USDT", name).total for name in ("main", "other")]
    assert [b - a for a, b in zip(before, after, strict=True)] == [D("-6"), D("6")]
    assert any(isinstance(each, AccountChanged) and each.why == "funding" for each in stage.events)


def test_funding_is_due_every_eight_hours_of_wall_time() -> None:
    stage = perpetual()
    stage.place(BUY, 1)
    rate, due_ms = stage.exchange.funding(PERP.symbol)
    before = stage.balance("USDT").total
    stage.wall.ms = due_ms - 1
    stage.exchange.treasury.fund_when_due()
    assert stage.balance("USDT").total == before
    stage.wall.ms = due_ms
    for _ in range(2):
        stage.exchange.treasury.fund_when_due()
    assert before - stage.balance("USDT").total == rate * 60_000
    assert stage.exchange.funding(PERP.symbol)[1] == due_ms + 8 * 3_600_000


def test_a_position_is_liquidated_when_its_margin_is_used_up() -> None:
    stage = perpetual("1000")
    stage.place(BUY, "0.3")
    waiting = stage.place(BUY, "0.001", 50_000)
    stage.tick(57_000)
    assert stage.position().quantity == D("0.3")
    stage.tick(56_500)
    assert stage.position().quantity == 0
    assert stage.now(waiting).status is Status.CANCELED
    forced = stage.exchange.orders("main")[-1]
    assert str(forced.request.client_id).startswith("autoclose-")
    assert stage.balance("USDT").total >= 0


def test_the_insurance_fund_makes_up_for_a_wallet_below_nothing() -> None:
    stage = perpetual("1000")
    stage.place(BUY, "0.3")
    stage.tick(50_000)
    assert stage.position().quantity == 0
    assert stage.balance("USDT").total == 0


def test_an_isolated_position_is_liquidated_alone() -> None:
    stage = perpetual("100000")
    stage.exchange.set_margin_mode("main", PERP.symbol, "isolated")
    stage.place(BUY, 1)
    stage.tick(57_300)
    assert stage.position().quantity == 1
    stage.tick(57_200)
    assert stage.position().quantity == 0
    assert stage.balance("USDT").total > 96_000
