"""Orders out, and what the venue says of the account."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import twinstar as ts
from twinstar_bithumb_native import batches
from twinstar_bithumb_native.account import Account
from twinstar_bithumb_native.market import last_price
from twinstar_bithumb_native.messages import Canceled, CanceledBatch, Item, Placed, PlacedBatch
from twinstar_bithumb_native.rest import Answered, Request, Rest
from twinstar_bithumb_native.signing import Params
from twinstar_bithumb_native.wishes import Unfit, market_of, needs_price, order_params, purchase_params

CANCELS: Final = 4  # of an order that the venue is not ready to cancel
EARLY_S: Final = 0.15  # between them
REMEMBERED: Final = 10_000
REFUSED: Final = (ts.errors.VenueRejected, ts.errors.VenueUnavailable)  # nothing was changed
Outcome = str | ts.errors.VenueError  # the venue's order id, or what came of it instead


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
        """Each is sent once."""
        placed = self._rest.result(Placed, request, await self._rest.sent(request))
        return self._acknowledged(placed, request.params)

    def _acknowledged(self, placed: Placed | Item, params: Params) -> str:
        """An id that has been acknowledged before is that of the order it was then."""
        wished = dict(params)
        if (placed.market, placed.side) != (wished["market"], wished["side"]):
            raise ts.errors.OutcomeUnknown(self._venue, "the answer is of another order")
        if not placed.order_id or placed.order_id in self._acked:
            raise ts.errors.OutcomeUnknown(self._venue, f"{wished['client_order_id']!r} was placed before")
        self._acked[placed.order_id] = None
        if len(self._acked) > REMEMBERED:
            self._acked.popitem(last=False)
        return placed.order_id

    async def cancel(self, order: ts.Order) -> None:
        request = Request(
            method="DELETE",
            path="/v2/order",
            params=(("client_order_id", order.order_id),),
            doing=ts.Doing.CANCEL,
            signed=True,
            lane=ts.Lane.PROTECT,
            about=market_of(order.instrument.symbol),
        )
        answered = await self._canceled(request)
        if answered.meaning is ts.Meaning.MISSING:
            await self._refuse_or_wait(order)
        self._rest.result(Canceled, request, answered)

    async def place_all(self, orders: Sequence[ts.Order]) -> Mapping[str, Outcome]:
        """As `place`, many in a request; by our ids, the outcome of each. The engine never does: see the README."""
        outcomes: dict[str, Outcome] = {}
        wishes: dict[str, Params] = {}
        for order in orders:
            try:
                wishes[order.order_id] = (await self._request(order)).params
            except ts.errors.VenueError as e:
                outcomes[order.order_id] = e
        for market, part in batches.parts([order for order in orders if order.order_id in wishes]):
            lane = max(map(lane_of, part), key=lambda each: each is ts.Lane.PROTECT)
            try:
                told = await self._placed_batch(market, [wishes[order.order_id] for order in part], lane)
            except ts.errors.VenueError as e:
                told = [e] * len(part)
            outcomes.update(zip((order.order_id for order in part), told, strict=True))
        return outcomes

    async def cancel_all(self, orders: Sequence[ts.Order]) -> Mapping[str, ts.errors.VenueError | None]:
        """As `cancel`, many in a request: by our ids, what came of each; None: it will be canceled.

        By the venue's ids, since its answer names nothing else. An order without one is canceled alone, as is one that
        was refused in the batch: it may only have been too early.
        """
        outcomes: dict[str, ts.errors.VenueError | None] = {}
        alone = [order for order in orders if order.venue_order_id is None]
        for market, part in batches.parts([order for order in orders if order.venue_order_id is not None]):
            request = batches.canceling(market, [order.venue_order_id or "" for order in part])
            try:
                told = self._rest.result(CanceledBatch, request, await self._rest.sent(request))
            except ts.errors.VenueError as e:
                outcomes.update(dict.fromkeys((order.order_id for order in part), e))
                continue
            for order in part:
                outcome = batches.cancel_outcome(self._venue, told, order.venue_order_id or "")
                outcomes[order.order_id] = outcome
                if isinstance(outcome, REFUSED):
                    alone.append(order)
        for order in alone:
            outcomes[order.order_id] = await self._canceled_alone(order)
        return outcomes

    async def _placed_batch(self, market: str, wishes: Sequence[Params], lane: ts.Lane) -> list[Outcome]:
        request = batches.placing(market, wishes, lane)
        told = self._rest.result(PlacedBatch, request, await self._rest.sent(request)).batch_orders_response
        if len(told) != len(wishes):
            raise ts.errors.OutcomeUnknown(self._venue, f"{len(wishes)} orders in a batch, {len(told)} in its answer")
        return [self._outcome(item, wish) for item, wish in zip(told, wishes, strict=True)]

    def _outcome(self, item: Item, wish: Params) -> Outcome:
        try:
            return batches.refused(self._venue, item, ts.Doing.ORDER) or self._acknowledged(item, wish)
        except ts.errors.OutcomeUnknown as e:
            return e

    async def _canceled_alone(self, order: ts.Order) -> ts.errors.VenueError | None:
        try:
            await self.cancel(order)
        except ts.errors.VenueError as e:
            return e
        return None

    async def account(self, gap: ts.Gap) -> Sequence[ts.Event]:
        return await self._account.read(gap, self._symbols)

    async def _canceled(self, request: Request) -> Answered:
        """An order that has just been placed may not be ready: nothing was changed, so it is asked again."""
        answered = await self._rest.sent(request)
        for _ in range(CANCELS - 1):
            if answered.meaning is not ts.Meaning.EARLY:
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
    return Request(method="POST", path="/v2/orders", params=params, doing=ts.Doing.ORDER, signed=True, lane=lane)


def lane_of(order: ts.Order) -> ts.Lane:
    """What guards or closes a position goes before what opens one."""
    return ts.Lane.TRADE if order.role is ts.Role.ENTRY and not order.reduce_only else ts.Lane.PROTECT
