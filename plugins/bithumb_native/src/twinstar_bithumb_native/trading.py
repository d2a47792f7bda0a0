"""Orders out, and what the venue says of the account."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import twinstar as ts
from twinstar_bithumb_native.account import Account
from twinstar_bithumb_native.errors import Doing, Meaning
from twinstar_bithumb_native.market import last_price
from twinstar_bithumb_native.messages import Canceled, Placed
from twinstar_bithumb_native.rest import Answered, Request, Rest
from twinstar_bithumb_native.signing import Params
from twinstar_bithumb_native.wishes import Unfit, market_of, needs_price, order_params, purchase_params

CANCELS: Final = 4  # of an order that the venue is not ready to cancel
EARLY_S: Final = 0.15  # between them
REMEMBERED: Final = 10_000


class BithumbTrading:
    def __init__(
        self, rest: Rest, context: ts.VenueContext, account: Account, symbols: Sequence[str], cap: Decimal
    ) -> None:
        self._rest, self._venue, self._clock = rest, context.id, context.clock
        self._account, self._symbols, self._cap = account, symbols, cap
        self._acked: OrderedDict[str, None] = OrderedDict()  # the venue's ids, so many of the last

    async def place(self, order: ts.Order) -> str:
        return await self._placed(await self._request(order))

    async def spend(self, symbol: str, cost: Decimal, client_order_id: str) -> str:
        """The venue's own market buy, of so much money, to the digit; how much of the coin that is, it decides.

        For whoever means an amount. An order of the engine's names a quantity, and must never buy more.
        """
        try:
            params = purchase_params(market_of(symbol), cost, client_order_id)
        except Unfit as e:
            raise ts.errors.VenueRejected(self._venue, f"not sent: {e}") from None
        return await self._placed(_ordering(params, ts.Lane.TRADE))

    async def _placed(self, request: Request) -> str:
        """Each is sent once. An id that has been acknowledged before is that of the order it was then."""
        placed = self._rest.result(Placed, request, await self._rest.sent(request))
        wished = dict(request.params)
        if (placed.market, placed.side) != (wished["market"], wished["side"]):
            raise ts.errors.OutcomeUnknown(self._venue, "the answer is of another order")
        if not placed.order_id or placed.order_id in self._acked:
            raise ts.errors.OutcomeUnknown(self._venue, f"{wished['client_order_id']} was placed before")
        self._acked[placed.order_id] = None
        if len(self._acked) > REMEMBERED:
            self._acked.popitem(last=False)
        return placed.order_id

    async def cancel(self, order: ts.Order) -> None:
        request = Request(
            method="DELETE",
            path="/v2/order",
            params=(("client_order_id", order.order_id),),
            doing=Doing.CANCEL,
            signed=True,
            lane=ts.Lane.PROTECT,
            about=market_of(order.instrument.symbol),
        )
        answered = await self._canceled(request)
        if answered.meaning is Meaning.MISSING:
            await self._refuse_or_wait(order)
        self._rest.result(Canceled, request, answered)

    async def account(self, gap: ts.Gap) -> Sequence[ts.Event]:
        return await self._account.read(gap, self._symbols)

    async def _canceled(self, request: Request) -> Answered:
        """An order that has just been placed may not be ready: nothing was changed, so it is asked again."""
        answered = await self._rest.sent(request)
        for _ in range(CANCELS - 1):
            if answered.meaning is not Meaning.EARLY:
                break
            await self._clock.sleep(EARLY_S)
            answered = await self._rest.sent(request)
        return answered

    async def _refuse_or_wait(self, order: ts.Order) -> None:
        """Of an order that was not found, it is asked once what it is."""
        told = await self._account.look_up(order)
        if told is not None and told.is_open:
            raise ts.errors.VenueUnavailable(self._venue, f"{order.order_id} stands, and was not found to be canceled")

    async def _request(self, order: ts.Order) -> Request:
        """All that is asked beforehand: when it fails, nothing was sent."""
        try:
            lane = lane_of(order)
            most = None
            if needs_price(order):
                order_params(order, Decimal(1_000))  # what is unfit needs no price
                most = await last_price(self._rest, order.instrument.symbol, lane) * (1 + self._cap)
            params = order_params(order, most)
        except Unfit as e:
            raise ts.errors.VenueRejected(self._venue, f"not sent: {e}") from None
        return _ordering(params, lane)


def _ordering(params: Params, lane: ts.Lane) -> Request:
    return Request(method="POST", path="/v2/orders", params=params, doing=Doing.ORDER, signed=True, lane=lane)


def lane_of(order: ts.Order) -> ts.Lane:
    """What guards or closes a position goes before what opens one."""
    return ts.Lane.TRADE if order.role is ts.Role.ENTRY and not order.reduce_only else ts.Lane.PROTECT
