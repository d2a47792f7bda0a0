"""Lists of orders: page by page, and what is over also week by week, as the venue tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import twinstar as ts
from twinstar_bithumb_native.messages import OrderAnswer, Page
from twinstar_bithumb_native.rest import Rest, asking

WINDOW_MS: Final = 7 * 24 * 3_600_000  # the longest that the venue tells of at once
EARLIER_MS: Final = 60_000  # an order was made by our clock, and placed by the venue's
MOST_WINDOWS: Final = 60  # more than a year
PAGE: Final = "100"
MOST_PAGES: Final = 100


def windows(from_ms: int, until_ms: int) -> Iterator[tuple[int, int]]:
    """Oldest first, none longer than the venue takes; each begins where the one before ends."""
    start_ms = max(from_ms, until_ms - MOST_WINDOWS * WINDOW_MS)
    while start_ms < until_ms:
        end_ms = min(start_ms + WINDOW_MS, until_ms)
        yield start_ms, end_ms
        start_ms = end_ms


class OrderLists:
    def __init__(self, rest: Rest, context: ts.VenueContext) -> None:
        self._rest, self._clock = rest, context.venue_clock

    async def pending(self) -> list[OrderAnswer]:
        """All that stand, whoever has sent them."""
        return await self._all("/v2/orders/pending")

    async def over(self, orders: Sequence[ts.Order]) -> Mapping[str, OrderAnswer]:
        """Those of these that are over, by our ids.

        Whether the venue counts a window by when orders were placed, or ended, is not documented: so all windows are
        looked through, from the oldest order until now.
        """
        sought, found = {order.order_id for order in orders}, dict[str, OrderAnswer]()
        now_ms = self._clock.now_ms()
        oldest_ms = min((order.created_ms or now_ms - WINDOW_MS for order in orders), default=now_ms)
        for start_ms, end_ms in windows(oldest_ms - EARLIER_MS, now_ms):
            rows = await self._all("/v2/orders/history", ("start_time", f"{start_ms}"), ("end_time", f"{end_ms}"))
            for row in rows:
                if row.client_order_id in sought:
                    found[row.client_order_id] = row
            if found.keys() == sought:
                break
        return found

    async def _all(self, path: str, *params: tuple[str, str]) -> list[OrderAnswer]:
        rows: list[OrderAnswer] = []
        key: tuple[tuple[str, str], ...] = ()
        for _ in range(MOST_PAGES):
            page = await self._rest.ask(Page, asking(path, *params, ("limit", PAGE), *key))
            rows += page.orders
            if not page.has_next or not page.next_key:
                return rows
            key = (("next_key", page.next_key),)
        raise ts.errors.BadMessage(self._rest.venue, f"more than {MOST_PAGES} pages of {path}")
