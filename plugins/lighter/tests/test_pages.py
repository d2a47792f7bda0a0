"""What the venue tells of the account comes in pages; nothing of it is left out because it stands on a later one."""

from __future__ import annotations

from decimal import Decimal

import pytest

import twinstar as ts
from lighter_shared import INSTALLED, QUALITY
from twinstar.testing.conformance.stage import Stage, staged
from twinstar_lighter import account

pytestmark = [
    pytest.mark.usefixtures("native"),
    INSTALLED,
]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "PAGE", 2)


async def funding(s: Stage, since_ms: int, known: frozenset[str] = frozenset()) -> list[ts.FundingPaid]:
    sought = ts.FundingSought(instruments=frozenset({s.instrument}), since_ms=since_ms, known=known)
    return [event for event in await s.trading.account(ts.Gap(funding=sought)) if isinstance(event, ts.FundingPaid)]


async def test_payments_of_a_long_absence_are_all_told() -> None:
    async with staged(QUALITY) as s:
        await s.trading.place(s.order())
        for hundredths in range(1, 6):
            s.exchange.treasury.fund(Decimal(hundredths).scaleb(-4))
        paid = await funding(s, s.clock.now_ms() - 60_000)
        assert [each.amount for each in paid] == [each.amount for each in s.exchange.payments("main")]
        assert len(paid) == 5
        assert await funding(s, s.clock.now_ms() - 60_000, frozenset(each.payment_id for each in paid)) == []
        asked = s.server.requests["GET /api/v1/positionFunding"]
        assert await funding(s, s.clock.now_ms() + 60_000) == []
        assert s.server.requests["GET /api/v1/positionFunding"] == asked + 1, "older ones are not leafed through"


async def test_all_fills_of_an_order_are_told_and_an_order_that_ended_is_found_behind_others() -> None:
    async with staged(QUALITY) as s:
        low = s.at("0.99")
        await s.trading.place(order := s.resting(price=low))
        for _ in range(5):
            s.trade(low, s.piece(5))
        for _ in range(5):
            await s.trading.place(s.order(quantity=s.piece(5)))
        events = await s.account(order)
        fills = [event.fill.quantity for event in events if isinstance(event, ts.OrderFilled)]
        assert (len(fills), sum(fills)) == (5, order.quantity)
