"""What a person takes in by hand: as the policy adopt would, whatever the policy is."""

from __future__ import annotations

from decimal import Decimal as D

from engine.desk import PERP, Desk
from engine.test_reconcile import desk_with, read

from twinstar.domain import AccountSeen, ExternalSeen, Holding, PlaceOrder, PositionReconciled, Verdict
from twinstar.engine import Ownership


def foreign(there: str = "2") -> Desk:
    """Two readings have found what is not ours."""
    desk = desk_with(Ownership.ALERT)
    read(desk, there)
    read(desk, there)
    assert desk.state.external[PERP] == D(there)
    return desk


def seen(desk: Desk, there: str = "2") -> AccountSeen:
    holding = Holding(instrument=PERP, quantity=D(there), entry_price=D(100))
    return AccountSeen(time_ms=desk.now_ms, venue="perp", holdings=(holding,), balances=(), orders=())


def take_in(desk: Desk) -> None:
    """And its stop is accepted."""
    desk.engine.adopt(seen(desk))
    for command in desk.pass_time(250):
        assert isinstance(command, PlaceOrder)
        desk.accept(command.order)


def test_what_was_external_is_ours_with_a_stop_and_entries_go_on():
    desk = foreign()
    outcome = desk.engine.adopt(seen(desk))
    assert [type(fact) for fact in outcome.facts] == [PositionReconciled, ExternalSeen]
    assert (desk.state.position(PERP).quantity, desk.state.stops[PERP]) == (D(2), D("95.0"))
    assert desk.state.contested(PERP) is None
    (stop,) = [c.order for c in desk.pass_time(250) if isinstance(c, PlaceOrder)]
    assert (stop.quantity, stop.stop_price) == (D(2), D("95.0"))


def test_the_verdict_says_that_a_person_decided():
    desk = foreign("-2")
    desk.engine.adopt(seen(desk, "-2"))
    followed, gone = desk.engine.findings["perp"]
    assert (followed.verdict, followed.rule) == (Verdict.RESTORE, "taken in by hand")
    assert gone.facts[0].quantity == 0


def test_what_is_taken_in_twice_is_taken_in_once():
    desk = foreign()
    take_in(desk)
    assert desk.engine.adopt(seen(desk)).facts == []
    assert read(desk, "2") == []
    assert desk.state.position(PERP).quantity == 2


def test_the_policy_is_as_before_for_what_comes_later():
    desk = foreign()
    take_in(desk)
    for _ in range(2):
        read(desk, "3")
    assert (desk.state.position(PERP).quantity, desk.state.external[PERP]) == (D(2), D(1))
