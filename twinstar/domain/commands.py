"""Requests, in the imperative: what a strategy wants, and what we then ask of a venue."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.domain.market import InstrumentId, Side
from twinstar.domain.order import Order


class PlaceOrder(Struct, frozen=True, tag=True):
    order: Order


class CancelOrder(Struct, frozen=True, tag=True, kw_only=True):
    order: Order
    time_ms: int


Command = PlaceOrder | CancelOrder


class Enter(Struct, frozen=True, kw_only=True):
    """A strategy's wish to open a position. It is protected at ``stop_price`` as soon as it is held.

    ``quantity`` is in the base asset and is rounded down to the venue's steps. At market, or at ``price``.
    """

    instrument: InstrumentId
    side: Side
    quantity: Decimal
    stop_price: Decimal
    price: Decimal | None = None


class Exit(Struct, frozen=True, kw_only=True):
    """A strategy's wish to close all that it holds of an instrument, at market."""

    instrument: InstrumentId


Intent = Enter | Exit
