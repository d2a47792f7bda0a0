"""Funding as the venue's own history of income has it."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from builtin.ccxt.kit import BTC_USDT, Scene, scene

from twinstar.builtin.ccxt.habits import binanceusdm
from twinstar.domain import AccountSeen, Event, FundingPaid
from twinstar.ports import FundingSought, Gap


async def told(one: Scene, sought: FundingSought) -> list[Event]:
    return list(await one.venue.trading.account(Gap(funding=sought)))


async def holding(one: Scene) -> FundingSought:
    await one.venue.listing.instruments([BTC_USDT])
    await one.venue.trading.place(one.order())
    return FundingSought(instruments=frozenset({one.instrument}), since_ms=one.clock.now_ms() - 60_000)


def fund(one: Scene, *rates: str) -> None:
    for rate in rates:
        one.exchange.treasury.fund(Decimal(rate))


async def test_each_payment_is_told_to_the_digit_with_the_venues_own_id() -> None:
    async with scene("binanceusdm") as one:
        sought = await holding(one)
        fund(one, "0.0001", "-0.0003")
        *payments, seen = await told(one, sought)
        assert isinstance(seen, AccountSeen)
        theirs = one.exchange.payments("main")
        assert [(p.payment_id, p.amount, p.time_ms) for p in payments] == [
            (str(t.id), t.amount, t.time_ms) for t in theirs
        ]
        assert [p.amount < 0 for p in payments] == [True, False]
        assert {(p.instrument, p.asset) for p in payments} == {(one.instrument, "USDT")}


async def test_what_is_known_or_of_other_instruments_or_not_asked_for_is_not_told() -> None:
    async with scene("binanceusdm") as one:
        sought = await holding(one)
        fund(one, "0.0001", "0.0002")
        known = msgspec.structs.replace(sought, known=frozenset({"1"}))
        assert [p.payment_id for p in (await told(one, known))[:-1]] == ["2"]
        others = msgspec.structs.replace(sought, instruments=frozenset())
        assert len(await told(one, others)) == 1
        before = one.server.requests["GET /fapi/v1/income"]
        assert len(await one.account()) == 1
        assert one.server.requests["GET /fapi/v1/income"] == before


async def test_more_than_a_page_of_payments_is_read_to_its_end(monkeypatch) -> None:
    monkeypatch.setattr(binanceusdm, "INCOME_PAGE", 2)
    async with scene("binanceusdm") as one:
        sought = await holding(one)
        for _ in range(5):
            fund(one, "0.0001")
            await one.clock.sleep(0.002)
        assert [p.payment_id for p in (await told(one, sought))[:-1]] == ["1", "2", "3", "4", "5"]


async def test_a_history_that_cannot_be_had_holds_nothing_up() -> None:
    async with scene("binanceusdm", timeout_s=0.5) as one:
        sought = await holding(one)
        fund(one, "0.0001")
        one.fault(on="rest", kind="drop", match="GET /fapi.binance.com/fapi/v1/income", count=10)
        (seen,) = await told(one, sought)
        assert isinstance(seen, AccountSeen)
        one.server.faults.clear()
        assert isinstance((await told(one, sought))[0], FundingPaid)
