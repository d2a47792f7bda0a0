"""State takes in true news in any order, counts each fill once, and says what is odd."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from engine.desk import PERP, SPOT, Desk, placed

from twinstar.domain import (
    Candle,
    CandleClosed,
    Enter,
    Exit,
    Fill,
    Level,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderInDoubt,
    OrderKind,
    OrderRejected,
    OrderStatus,
    Role,
    Side,
    Timeframe,
    VenueHalted,
)
from twinstar.engine import register

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(95))


def test_a_fill_that_is_told_twice_counts_once():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.fill(entry, "1", fill_id="t1")
    desk.fill(entry, "1", fill_id="t1")
    assert desk.state.position(PERP).quantity == D(1)
    assert desk.state.orders[entry.order_id].filled == D(1)


def test_a_cancel_that_tells_of_more_fills_than_we_know_is_a_doubt():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.fill(entry, "0.5")
    desk.tell(OrderCanceled(time_ms=1, order_id=entry.order_id, filled=D("1.5")))
    assert desk.state.in_doubt("perp")[0].order_id == entry.order_id
    desk.fill(entry, "1", fill_id="late")
    desk.tell(OrderCanceled(time_ms=2, order_id=entry.order_id, filled=D("1.5")))
    assert desk.state.orders[entry.order_id].status is OrderStatus.CANCELED


def test_an_overfill_counts_and_is_an_alarm():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.fill(entry, "3")
    assert desk.state.position(PERP).quantity == D(3)
    assert any("beyond its quantity" in n.text and n.level is Level.ALARM for n in desk.notices)


def test_news_of_an_order_that_we_do_not_know_is_an_alarm_and_nothing_more():
    desk = Desk()
    desk.tell(OrderAccepted(time_ms=1, order_id="stranger", venue_order_id="v"))
    assert any("do not know: stranger" in n.text for n in desk.notices)
    assert "stranger" not in desk.state.orders


def test_an_order_that_was_rejected_and_lives_is_taken_back_with_an_alarm():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.tell(OrderRejected(time_ms=1, order_id=entry.order_id, reason="never seen"))
    desk.accept(entry)
    assert desk.state.orders[entry.order_id].status is OrderStatus.ACCEPTED
    assert any("lives though it was rejected" in n.text for n in desk.notices)


def test_the_memory_of_final_orders_is_bounded(monkeypatch):
    monkeypatch.setattr(register, "FINAL_ORDERS_KEPT", 10)
    desk = Desk()
    for _ in range(30):
        entry = placed(desk.wish(LONG))
        desk.tell(OrderRejected(time_ms=1, order_id=entry.order_id, reason="no"))
    assert len(desk.state.orders) == 10
    assert desk.state.sent["perp"] == desk.state.ended["perp", OrderStatus.REJECTED] == 30


def test_a_halted_venue_is_sent_nothing_until_a_person_has_acted():
    desk = Desk()
    desk.tell(VenueHalted(time_ms=1, venue="perp", reason="key revoked"))
    assert desk.wish(LONG) == []
    assert "perp is halted: key revoked" in desk.notices[-1].text


def test_an_exit_withdraws_the_entry_that_still_waits():
    desk = Desk()
    entry = placed(desk.wish(Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(90), price=D(99))))
    desk.accept(entry)
    desk.wish(Exit(instrument=PERP))
    assert desk.state.orders[entry.order_id].withdrawn


def test_what_a_strategy_may_not_wish_is_refused_with_a_reason():
    desk = Desk()
    refused = {
        "spot cannot be sold short": Enter(instrument=SPOT, side=Side.SELL, quantity=D(1), stop_price=D(110)),
        "not on the losing side": Enter(instrument=PERP, side=Side.BUY, quantity=D(1), stop_price=D(101)),
        "below the smallest quantity": Enter(instrument=PERP, side=Side.BUY, quantity=D("0.0001"), stop_price=D(95)),
        "below the smallest order": Enter(instrument=PERP, side=Side.BUY, quantity=D("0.01"), stop_price=D(95)),
        "nothing is held": Exit(instrument=PERP),
    }
    for reason, intent in refused.items():
        assert desk.wish(intent) == []
        assert reason in desk.notices[-1].text


def test_the_opposite_side_is_not_entered_while_one_is_held():
    desk = Desk()
    desk.accept(placed(desk.fill(placed(desk.wish(LONG)))))
    assert desk.wish(Enter(instrument=PERP, side=Side.SELL, quantity=D(1), stop_price=D(110))) == []
    assert "exit first" in desk.notices[-1].text


def test_a_strategy_that_raises_is_disabled_and_protection_goes_on(monkeypatch):
    desk = Desk()
    entry = placed(desk.wish(LONG))
    monkeypatch.setattr(desk.wishes, "on_candle", lambda *_: 1 // 0)
    assert desk.wish(Exit(instrument=PERP)) == []
    assert "ZeroDivisionError" in desk.engine.disabled["s"]
    stop = placed(desk.fill(entry))
    assert (stop.role, stop.kind) == (Role.STOP, OrderKind.STOP)


def test_an_order_that_came_back_to_life_and_ended_is_forgotten_once(monkeypatch):
    monkeypatch.setattr(register, "FINAL_ORDERS_KEPT", 3)
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.tell(OrderRejected(time_ms=1, order_id=entry.order_id, reason="never seen"))
    desk.accept(entry)
    desk.tell(OrderCanceled(time_ms=2, order_id=entry.order_id))
    for _ in range(8):
        desk.tell(OrderRejected(time_ms=3, order_id=placed(desk.wish(LONG)).order_id, reason="no"))
    assert len(desk.state.orders) == 3


def test_on_spot_what_the_fee_took_is_not_held():
    desk = Desk()
    entry = placed(desk.wish(Enter(instrument=SPOT, side=Side.BUY, quantity=D(2), stop_price=D(95))))
    fill = Fill(
        fill_id="f",
        order_id=entry.order_id,
        instrument=SPOT,
        side=Side.BUY,
        price=D(100),
        quantity=D(2),
        fee=D("0.002"),
        fee_asset="BTC",
    )
    desk.tell(OrderFilled(time_ms=1, fill=fill))
    assert desk.state.position(SPOT).quantity == D("1.998")
    assert placed(desk.wish(Exit(instrument=SPOT))).quantity == D("1.998")


@pytest.mark.parametrize("wish", [None, "buy", Enter(instrument=PERP, side=Side.BUY, quantity=1.5, stop_price=D(95))])
def test_what_is_no_sound_wish_disables_its_strategy_and_nothing_else(wish):
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.wishes.on_candle = lambda *_: [wish]
    assert desk.wish(Exit(instrument=PERP)) == []
    assert "s" in desk.engine.disabled
    assert placed(desk.fill(entry)).role is Role.STOP


def test_not_a_number_is_no_wish():
    desk = Desk()
    assert desk.wish(Enter(instrument=PERP, side=Side.BUY, quantity=D("NaN"), stop_price=D(95))) == []
    assert "finite" in desk.engine.disabled["s"]


def test_a_venue_without_an_account_is_sent_nothing():
    desk = Desk()
    desk.state.data_only.add("perp")
    assert desk.wish(LONG) == []
    assert "market data only" in desk.notices[-1].text


def test_a_partial_fill_does_not_settle_a_doubt():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.tell(OrderInDoubt(time_ms=1, order_id=entry.order_id, reason="no answer"))
    desk.fill(entry, "0.5")
    assert desk.state.is_blocked(PERP)


def test_another_timeframe_begins_a_series_of_its_own():
    desk = Desk()
    for timeframe in (Timeframe.M1, Timeframe.H1):
        candle = Candle(
            instrument=PERP,
            timeframe=timeframe,
            open_ms=3_600_000,
            open=D(1),
            high=D(1),
            low=D(1),
            close=D(1),
            volume=D(1),
        )
        desk.tell(CandleClosed(time_ms=0, candle=candle))
    assert [c.timeframe for c in desk.state.candles(PERP, 9)] == [Timeframe.H1]


def test_nobody_decides_on_a_candle_that_was_told_afterwards():
    desk = Desk()
    desk.wishes.next = [LONG]
    candle = Candle(
        instrument=PERP, timeframe=Timeframe.M1, open_ms=0, open=D(1), high=D(1), low=D(1), close=D(1), volume=D(1)
    )
    assert desk.tell(CandleClosed(time_ms=0, candle=candle, backfill=True)) == []
    assert desk.wishes.next == [LONG]
