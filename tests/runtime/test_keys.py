"""A key that may do what it should not is found before anything of ours has changed anything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from random import Random

import pytest
from fakes import ListJournal

from twinstar.domain import Event, Instrument, InstrumentId, Level, Notice, Order, Permissions, Timeframe
from twinstar.errors import AuthFailed, VenueRejected, VenueUnavailable
from twinstar.ports import Gap, Stream, Venue
from twinstar.runtime.keys import KeyRules, cautions, in_words, objection
from twinstar.runtime.line import Care
from twinstar.runtime.metrics import Metrics
from twinstar.runtime.service import Member, Service
from twinstar.runtime.status import Watched
from twinstar.testing import LoopClock, run_virtual

BTC = InstrumentId("BTC/USDT:USDT", "perp")
SAFE = Permissions(can_trade=True, can_withdraw=False, can_transfer=False, is_bound=True)
DANGEROUS = Permissions(can_trade=True, can_withdraw=True, withdraw_switch="Enable Withdrawals")
STRICT, WARNED, TRUSTED = KeyRules("refuse"), KeyRules("warn"), KeyRules("accept")


@pytest.mark.parametrize("rules", [STRICT, WARNED, TRUSTED])
def test_a_key_that_can_withdraw_is_never_taken_and_the_switch_is_named(rules: KeyRules) -> None:
    assert "turn off 'Enable Withdrawals' at the venue" in objection("perp", DANGEROUS, rules)


def test_a_key_that_cannot_trade_is_no_use() -> None:
    key = Permissions(can_trade=False, can_withdraw=False, trade_switch="Enable Futures")
    assert objection("perp", key, TRUSTED) == "this key may not trade; turn on 'Enable Futures' at the venue"


def test_what_is_not_told_has_to_be_accepted_for_real_money() -> None:
    assert "venues.perp.accept_unknown_permissions: true" in objection("perp", Permissions(), STRICT)
    assert objection("perp", Permissions(), WARNED) is None
    assert objection("perp", Permissions(), TRUSTED) is None
    assert objection("perp", SAFE, STRICT) is None


def test_a_person_is_warned_of_what_is_not_refused() -> None:
    (unknown,) = cautions("perp", Permissions(), WARNED)
    assert (unknown.level, unknown.venue) == (Level.WARNING, "perp")
    assert "does not tell whether this key may withdraw" in unknown.text
    assert list(cautions("perp", Permissions(), TRUSTED)) == []
    assert list(cautions("perp", SAFE, STRICT)) == []
    loose = Permissions(can_withdraw=False, can_transfer=True, is_bound=False)
    assert list(cautions("perp", loose, KeyRules("accept", simulated=True))) == []  # it opens nothing else
    assert ["other accounts" in n.text or "any address" in n.text for n in cautions("perp", loose, STRICT)] == [
        True
    ] * 2


def test_check_says_what_a_key_may_do() -> None:
    assert in_words(SAFE) == "may trade, may not withdraw, bound to addresses"
    assert in_words(Permissions()) == "the venue does not tell whether it may withdraw"


class Desk:
    """A venue that writes down what it is asked, and tells of the key what a test says."""

    def __init__(self, *told: Permissions | Exception) -> None:
        self.asked: list[str] = []
        self._told = list(told)
        self.venue = Venue(
            id="perp",
            streams=self,  # type: ignore[arg-type]
            listing=self,  # type: ignore[arg-type]
            trading=self,  # type: ignore[arg-type]
            permissions=self.permissions if told else None,
        )

    async def permissions(self) -> Permissions:
        self.asked.append("permissions")
        told = self._told.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    async def instruments(self, symbols: Sequence[str]) -> Sequence[Instrument]:
        self.asked.append("instruments")
        return [Instrument(id=BTC, base="BTC", quote="USDT", price_step=Decimal(1), quantity_step=Decimal(1))]

    def open(self, wanted: object) -> list[Stream]:
        self.asked.append("streams")
        return []

    async def account(self, gap: Gap) -> Sequence[Event]:
        self.asked.append("account")
        return []

    async def place(self, order: Order) -> str:
        raise AssertionError(order)


class Heard(list[Notice]):
    def notify(self, notice: Notice) -> None:
        self.append(notice)


class Nowhere:
    """A store that keeps nothing."""

    async def append(self, candles: object) -> None: ...
    def summary(self) -> dict[object, object]:
        return {}


async def caught_up(venue: Venue, gap: Gap) -> Stream:
    for event in await venue.trading.account(gap):
        yield event


def served(desk: Desk, rules: KeyRules | None, *, seconds: float = 60) -> tuple[Service, Heard]:
    heard = Heard()

    async def run() -> Service:
        service = Service(
            journal=ListJournal(),
            store=Nowhere(),
            strategies=[],
            clock=LoopClock(),
            random=Random(1),
            metrics=Metrics("test"),
            notifiers=[heard],
        )
        watched = Watched(id="perp", type="desk", mode="live", instruments=(BTC,), timeframe=Timeframe.M1)
        service.add(
            Member(venue=desk.venue, watched=watched, care=Care(restore=caught_up, resync=caught_up), key=rules)
        )
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, stop.set)
        await service.run(stop)
        return service

    return run_virtual(run()), heard


def test_the_key_is_asked_for_first_and_once() -> None:
    desk = Desk(SAFE)
    served(desk, STRICT)
    assert desk.asked[:4] == ["permissions", "instruments", "streams", "account"]
    assert desk.asked.count("permissions") == 1


@pytest.mark.parametrize("desk", [Desk(DANGEROUS), Desk(), Desk(VenueRejected("perp", "not for you"))])
def test_a_service_ends_before_it_has_asked_for_anything_else(desk: Desk) -> None:
    with pytest.raises(ExceptionGroup) as ended:
        served(desk, STRICT)
    assert ended.group_contains(AuthFailed, match="perp: (this key may withdraw|the venue does not tell)")
    assert set(desk.asked) <= {"permissions"}


def test_a_venue_that_is_away_is_asked_again_until_it_tells() -> None:
    away = VenueUnavailable("perp", "no answer", retry_after_s=7)
    desk = Desk(away, away, SAFE)
    served(desk, STRICT)
    assert desk.asked[:4] == ["permissions"] * 3 + ["instruments"]


def test_a_person_hears_of_a_venue_that_does_not_answer() -> None:
    desk = Desk(*[VenueUnavailable("perp", "HTTP 451")] * 11, SAFE)
    _, heard = served(desk, STRICT, seconds=600)
    assert [(notice.level, notice.text) for notice in heard if "asked" in notice.text] == [
        (
            Level.WARNING,
            f"asked {times} times for the permissions of the key, nothing is sent before they are known: HTTP 451",
        )
        for times in (5, 10)
    ]


def test_a_venue_that_does_not_know_the_key_is_halted_and_the_service_goes_on() -> None:
    desk = Desk(AuthFailed("perp", "no such key"))
    service, _ = served(desk, STRICT)
    assert service.state.halted == {"perp": "no such key"}
    assert desk.asked == ["permissions"]


def test_what_is_not_told_is_a_warning_where_no_real_money_is() -> None:
    desk = Desk()
    _, heard = served(desk, WARNED)
    assert ["does not tell" in notice.text for notice in heard if notice.level is Level.WARNING] == [True]
    assert desk.asked[0] == "instruments"
