"""Funding: counted once, and asked for no further back than it may be news."""

from __future__ import annotations

from decimal import Decimal as D

from engine.desk import PERP, SPOT, Desk, placed

from twinstar.domain import Enter, FundingPaid, Side
from twinstar.engine.funding import SHOWN_LATE_MS

NOON_MS = 10 * SHOWN_LATE_MS


def paid(payment_id: str, amount: str, time_ms: int = NOON_MS) -> FundingPaid:
    return FundingPaid(time_ms=time_ms, instrument=PERP, amount=D(amount), asset="USDT", payment_id=payment_id)


def holding(of, now_ms: int = 1_000_000) -> Desk:
    desk = Desk()
    desk.now_ms = now_ms
    desk.fill(placed(desk.wish(Enter(instrument=of, side=Side.BUY, quantity=D(1), stop_price=D(90)))))
    return desk


def test_a_payment_that_is_told_twice_counts_once():
    desk = holding(PERP)
    for payment in (paid("1", "-0.5"), paid("2", "0.2"), paid("1", "-0.5")):
        desk.tell(payment)
    assert desk.state.funding.paid == {(PERP, "USDT"): D("-0.3")}


def test_nothing_is_asked_for_before_anything_was_held_that_pays():
    assert Desk().state.funding.sought("perp") is None
    assert holding(SPOT).state.funding.sought("spot") is None


def test_the_first_question_goes_back_to_the_first_fill():
    sought = holding(PERP, now_ms=5_000_000).state.funding.sought("perp")
    assert (sought.instruments, sought.since_ms, sought.known) == (frozenset({PERP}), 5_000_000, frozenset())


def test_later_questions_begin_a_while_before_the_last_payment_and_name_what_is_known_of_it():
    desk = holding(PERP)
    for payment in (paid("old", "1", NOON_MS - 2 * SHOWN_LATE_MS), paid("a", "1"), paid("b", "1", NOON_MS + 5)):
        desk.tell(payment)
    sought = desk.state.funding.sought("perp")
    assert sought.since_ms == NOON_MS + 5 - SHOWN_LATE_MS
    assert sought.known == {"a", "b"}
