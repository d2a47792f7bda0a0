"""Orders that are signed while they are being made durable, so that they can leave as soon as they are.

A draft is for one place, which is foreseen and not reserved: lanes know nothing of drafts. If the order comes to stand
elsewhere it is signed anew, and a draft that nobody takes leaves no hole: nothing was sent, nothing was counted.
"""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import Struct

import twinstar as ts
from twinstar_lighter.nonces import Place
from twinstar_lighter.orders import Market
from twinstar_lighter.signer import OrderFields, Signed

FRESH_S: Final = 1.0  # then its price may be of another market


class Prepared(Struct, frozen=True):
    """An order in the venue's integers."""

    order: ts.Order
    market: Market
    fields: OrderFields


class Draft(Struct, frozen=True):
    prepared: Prepared
    place: Place
    signed: asyncio.Future[Signed]
    since_s: float


class Drafts:
    """One an instrument: its orders leave one by one."""

    def __init__(self, clock: ts.Clock) -> None:
        self._clock = clock
        self._drafts: dict[ts.InstrumentId, Draft] = {}

    def put(self, prepared: Prepared, place: Place, signed: asyncio.Future[Signed]) -> None:
        signed.add_done_callback(_look_at)
        draft = Draft(prepared, place, signed, self._clock.monotonic_s())
        self._drafts[prepared.order.instrument] = draft

    def take(self, order: ts.Order) -> Draft | None:
        """That of the same order, while it is fresh."""
        draft = self._drafts.pop(order.instrument, None)
        is_good = draft is not None and draft.prepared.order == order
        return draft if draft and is_good and self._clock.monotonic_s() - draft.since_s < FRESH_S else None


def _look_at(signed: asyncio.Future[Signed]) -> None:
    """Of one that nobody takes, nobody else asks why it failed."""
    if not signed.cancelled():
        signed.exception()
