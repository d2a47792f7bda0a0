"""What an entry has to pass, and that a way out is never barred."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
import pytest
from engine.desk import PERP, SPOT, Desk, placed

from twinstar.domain import Enter, Exit, Level, Order, OrderKind, PriceSeen, Role, Side
from twinstar.engine import RiskLimits, VenueLimits, refusal

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(95))
LONG_SPOT = Enter(instrument=SPOT, side=Side.BUY, quantity=D(2), stop_price=D(95))


def desk(**limits: object) -> Desk:
    return Desk(limits=RiskLimits(usual=VenueLimits(**limits)))


def refused(desk: Desk, wish: Enter) -> str:
    """The text that a person is told."""
    before = len(desk.notices)
    assert desk.wish(wish) == []
    (notice,) = desk.notices[before:]
    return notice.text


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (
            {"max_order_notional": {"USDT": D(199)}},
            "risk.max_order_notional: the order would come to 200 USDT, the limit",
        ),
        (
            {"min_order_notional": {"USDT": D(201)}},
            "risk.min_order_notional: the order is 200 USDT, the least is 201 USDT",
        ),
        (
            {"max_position": {"BTC": D("1.9")}},
            "risk.max_position: BTC/USDT:USDT@perp would come to 2 BTC, the limit is 1.9",
        ),
        (
            {"max_notional": {"USDT": D(199)}},
            "risk.max_notional: BTC/USDT:USDT@perp would come to 200 USDT, the limit is",
        ),
        (
            {"max_venue_notional": {"USDT": D(199)}},
            "risk.max_venue_notional: all at perp would come to 200 USDT, the lim",
        ),
        ({"max_open_orders": 0}, "risk.max_open_orders: 0 orders are open at perp, the limit is 0"),
        (
            {"max_orders_per_minute": 0},
            "risk.max_orders_per_minute: 0 orders were sent to perp within a minute, the limi",
        ),
    ],
)
def test_a_refusal_names_the_rule_the_value_and_the_limit(limits, text):
    told = refused(desk(**limits), LONG)
    assert told.startswith(f"entry not sent: {text}")


@pytest.mark.parametrize(
    "limits",
    [
        {"max_order_notional": {"USDT": D(200)}},
        {"max_position": {"BTC": D(2)}},
        {"max_notional": {"USDT": D(200), "KRW": D(0)}},
        {"max_venue_notional": {"USDT": D(200)}},
        {"max_open_orders": 1, "max_orders_per_minute": 1},
        {"max_price_age_ms": 0, "max_price_deviation": D(0)},
    ],
)
def test_what_just_fits_passes(limits):
    assert placed(desk(**limits).wish(LONG)).quantity == D(2)


def test_what_is_held_and_what_still_waits_counts_to_the_position():
    trading = desk(max_position={"BTC": D(5)})
    trading.fill(placed(trading.wish(LONG)))
    trading.fill(placed(trading.wish(LONG)), "1")  # the second waits for another one
    third = _entry(D(2))
    assert str(refusal(third, trading.state, RiskLimits(usual=VenueLimits(max_position={"BTC": D(5)})))) == (
        "risk.max_position: BTC/USDT:USDT@perp would come to 6 BTC, the limit is 5 BTC"
    )


def test_venues_add_up_to_the_total_but_won_and_dollars_never_do():
    trading = Desk(limits=RiskLimits(max_total_notional={"USDT": D(300), "KRW": D(300)}))
    trading.fill(placed(trading.wish(LONG)))
    trading.fill(placed(trading.wish(LONG_SPOT)))  # 200 USDT and 200 KRW stand beside each other
    assert "risk.max_total_notional: all together would come to 400 USDT" in refused(trading, LONG)


def test_a_venue_may_have_limits_of_its_own():
    trading = Desk(limits=RiskLimits(usual=VenueLimits(max_open_orders=0), venues={"perp": VenueLimits()}))
    assert placed(trading.wish(LONG)).instrument == PERP
    assert "max_open_orders" in refused(trading, LONG_SPOT)


def test_a_price_that_is_far_off_the_last_trade_is_taken_for_a_slip_of_the_finger():
    trading = desk(max_price_deviation=D("0.1"))
    wish = msgspec.structs.replace(LONG, price=D(111), stop_price=D(100))
    assert refused(trading, wish).endswith("the price 111 is 11.0% off the last one, 100; the limit is 10.0%")
    assert placed(trading.wish(msgspec.structs.replace(wish, price=D(110))))


def test_nobody_enters_on_an_old_price():
    trading = desk(max_price_age_ms=60_000)
    trading.now_ms += 60_001
    told = str(refusal(_entry(D(1)), _at(trading), RiskLimits(usual=VenueLimits(max_price_age_ms=60_000))))
    assert told == "risk.max_price_age_s: the last price is 60.0 s old, the limit is 60 s"
    trading.tell(PriceSeen(time_ms=0, instrument=PERP, price=D(100)))
    assert refusal(_entry(D(1)), trading.state, RiskLimits(usual=VenueLimits(max_price_age_ms=60_000))) is None


def test_orders_are_counted_over_any_minute_and_a_restart_forgets_none():
    limits = RiskLimits(usual=VenueLimits(max_orders_per_minute=2))
    trading = Desk(limits=limits)
    for _ in range(2):
        trading.fill(placed(trading.wish(LONG_SPOT)))
    assert "2 orders were sent to spot within a minute" in refused(trading, LONG_SPOT)
    assert trading.restarted().placed_since("spot", trading.now_ms - 60_000) == 2
    trading.now_ms += 60_000
    assert placed(trading.wish(LONG_SPOT))


def test_what_is_refused_again_and_again_is_told_once():
    trading = desk(max_open_orders=0)
    for _ in range(3):
        trading.wish(LONG)
    assert [notice.level for notice in trading.notices] == [Level.WARNING, Level.INFO, Level.INFO]


@pytest.mark.parametrize("wish", [LONG, LONG_SPOT])
def test_no_limit_bars_a_stop_or_an_exit(wish):
    nothing = VenueLimits(
        max_position={"BTC": D(0)},
        max_notional={"USDT": D(0), "KRW": D(0)},
        max_order_notional={"USDT": D(0), "KRW": D(0)},
        min_order_notional={"USDT": D(10**9), "KRW": D(10**9)},
        max_open_orders=0,
        max_orders_per_minute=0,
        max_price_age_ms=0,
    )
    trading = Desk()
    stops = trading.fill(placed(trading.wish(wish)))
    trading.engine._limits = RiskLimits(usual=nothing)
    if wish.instrument == PERP:
        trading.accept(placed(stops))
    trading.now_ms += 3_600_000
    (exit_order,) = [c.order for c in trading.wish(Exit(instrument=wish.instrument))]
    assert (exit_order.role, exit_order.quantity, exit_order.side) == (Role.EXIT, D(2), Side.SELL)


@pytest.mark.parametrize(
    ("order", "grows"),
    [
        ({"side": Side.SELL, "quantity": D(2), "role": Role.EXIT}, False),
        ({"side": Side.SELL, "quantity": D(3), "role": Role.EXIT}, True),  # it would turn the position around
        ({"side": Side.SELL, "quantity": D(3), "role": Role.EXIT, "reduce_only": True}, False),
        ({"side": Side.BUY, "quantity": D(1), "role": Role.EXIT}, True),
        ({"side": Side.BUY, "quantity": D(1), "role": Role.STOP}, True),
        ({"side": Side.SELL, "quantity": D(1), "role": Role.ENTRY}, True),
    ],
)
def test_what_calls_itself_an_exit_and_could_grow_the_position_has_to_pass_as_an_entry(order, grows):
    trading = Desk()
    trading.fill(placed(trading.wish(LONG)))
    limits = RiskLimits(usual=VenueLimits(max_open_orders=0))
    asked = msgspec.structs.replace(_entry(D(1)), **order)
    assert (refusal(asked, trading.state, limits) is not None) is grows


def _entry(quantity: D) -> Order:
    return Order(
        order_id="by-hand",
        instrument=PERP,
        side=Side.BUY,
        kind=OrderKind.MARKET,
        quantity=quantity,
        role=Role.ENTRY,
        created_ms=1_000_000,
    )


def _at(trading: Desk) -> object:
    trading.pass_time(0)
    return trading.state
