"""A loss that reaches its limit ends entries, until a person resumes; a restart forgets none of it."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from engine.desk import PERP, SPOT, Desk, placed

from twinstar.domain import (
    Enter,
    Exit,
    Fill,
    FundingPaid,
    OrderFilled,
    PriceSeen,
    ResultsMarked,
    Side,
    TradingHalted,
    TradingResumed,
)
from twinstar.engine import LossLimits, RiskLimits, VenueLimits
from twinstar.engine.losses import DAY_MS, broken
from twinstar.engine.results import results

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(50))
DAILY = RiskLimits(losses=LossLimits(daily={"USDT": D(20)}))


def holding(limits: RiskLimits) -> Desk:
    desk = Desk(limits=limits)
    desk.pass_time(250)
    desk.fill(placed(desk.wish(LONG)))
    return desk


def price(desk: Desk, value: str, of=PERP) -> None:
    desk.tell(PriceSeen(time_ms=0, instrument=of, price=D(value)))
    desk.pass_time(250)


def halts(desk: Desk) -> list[str]:
    return [record.reason for record in desk.journal if isinstance(record, TradingHalted)]


def test_what_is_held_at_a_loss_counts_before_it_is_booked():
    desk = holding(DAILY)
    price(desk, "90.1")
    assert halts(desk) == []
    price(desk, "90")
    assert halts(desk) == [
        "risk.max_daily_loss: all venues together lost 20.00 USDT since the day began, the limit is 20 USDT"
    ]


def test_a_halt_for_a_loss_is_told_once_and_the_position_keeps_its_stop():
    desk = holding(DAILY)
    for value in ("90", "80", "70"):
        price(desk, value)
    assert len(halts(desk)) == 1
    assert [n.text for n in desk.notices if "max_daily_loss" in n.text] == [
        f"no entries any more: {halts(desk)[0]}; see docs/risk.md"
    ]
    assert desk.state.stops[PERP] == D(50)
    assert placed(desk.wish(Exit(instrument=PERP))).reduce_only


def test_fees_are_losses_too():
    desk = Desk(limits=DAILY)
    desk.pass_time(250)
    entry = placed(desk.wish(LONG))
    fill = Fill(
        fill_id="1", order_id=entry.order_id, instrument=PERP, side=Side.BUY, price=D(100), quantity=D(2), fee=D(20),
        fee_asset="USDT",
    )  # fmt: skip
    desk.tell(OrderFilled(time_ms=desk.now_ms, fill=fill))
    desk.pass_time(250)
    assert len(halts(desk)) == 1


def test_funding_counts():
    desk = holding(DAILY)
    paid = FundingPaid(time_ms=0, instrument=PERP, payment_id="1", asset="USDT", amount=D(-20))
    desk.tell(paid)
    desk.pass_time(250)
    assert len(halts(desk)) == 1


def test_a_restart_forgets_neither_the_loss_nor_the_halt():
    desk = holding(DAILY)
    price(desk, "95")
    state = desk.restarted()
    state.apply(PriceSeen(time_ms=0, instrument=PERP, price=D(90)))
    assert [loss.rule for loss in broken(state, DAILY, results(state))] == ["max_daily_loss"]
    price(desk, "90")
    assert desk.restarted().halt("perp") == desk.state.halt("perp") is not None


def test_the_next_day_counts_anew_but_lifts_no_halt():
    desk = holding(DAILY)
    price(desk, "91")
    desk.now_ms += DAY_MS
    price(desk, "91")
    price(desk, "82")
    assert halts(desk) == []  # 18 yesterday, 18 today
    price(desk, "81")
    assert len(halts(desk)) == 1
    desk.now_ms += DAY_MS
    desk.pass_time(250)
    assert desk.state.halt("perp") is not None


def test_who_resumes_accepts_the_loss_and_it_is_counted_from_there():
    desk = holding(DAILY)
    price(desk, "90")
    desk.tell(TradingResumed(time_ms=desk.now_ms))
    price(desk, "81")
    assert desk.state.halt("perp") is None
    price(desk, "80")
    assert len(halts(desk)) == 2


def test_a_drawdown_counts_from_the_best_there_was_on_whatever_day():
    desk = holding(RiskLimits(losses=LossLimits(drawdown={"USDT": D(30)})))
    desk.now_ms += 60_000
    price(desk, "110")
    desk.now_ms += 3 * DAY_MS
    price(desk, "95.1")
    assert halts(desk) == []
    price(desk, "95")
    assert halts(desk) == [
        "risk.max_drawdown: all venues together lost 30.00 USDT since the best so far, the limit is 30 USDT"
    ]
    assert desk.restarted().marks == desk.state.marks


def test_a_peak_is_written_down_at_most_once_a_minute():
    desk = holding(RiskLimits(losses=LossLimits(drawdown={"USDT": D(30)})))
    for value in range(101, 201):
        price(desk, str(value))
    assert 0 < sum(isinstance(record, ResultsMarked) for record in desk.journal) <= 2


def test_a_venue_s_own_limit_halts_that_venue_alone():
    limits = RiskLimits(venues={"perp": VenueLimits(losses=LossLimits(daily={"USDT": D(20)}))})
    desk = holding(limits)
    price(desk, "90")
    assert desk.state.halt("perp") is not None
    assert desk.state.halt("spot") is None
    assert placed(desk.wish(Enter(instrument=SPOT, side=Side.BUY, quantity=D(1), stop_price=D(90))))


def test_whoever_may_lose_nothing_may_trade_until_something_is_lost():
    desk = holding(RiskLimits(losses=LossLimits(daily={"USDT": D(0)})))
    price(desk, "100")
    assert halts(desk) == []
    price(desk, "99.9")
    assert len(halts(desk)) == 1


def test_a_position_whose_price_is_not_known_is_no_loss():
    desk = holding(DAILY)
    state = desk.restarted()
    state._prices.clear()
    assert results(state)[None, "USDT"] is None
    assert list(broken(state, DAILY, results(state))) == []


@pytest.mark.parametrize("fee_asset", ["BTC", "KRW"])
def test_on_spot_a_fee_costs_the_same_in_coins_as_in_money(fee_asset):
    desk = Desk()
    entry = placed(desk.wish(Enter(instrument=SPOT, side=Side.BUY, quantity=D(2), stop_price=D(90))))
    fee = D("0.01") if fee_asset == "BTC" else D(1)
    fill = Fill(
        fill_id="1", order_id=entry.order_id, instrument=SPOT, side=Side.BUY, price=D(100), quantity=D(2), fee=fee,
        fee_asset=fee_asset,
    )  # fmt: skip
    desk.tell(OrderFilled(time_ms=desk.now_ms, fill=fill))
    assert results(desk.state)["spot", "KRW"] == D(-1)
