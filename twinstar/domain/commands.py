"""Requests, in the imperative: what a strategy wants, and what we then ask of a venue."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.domain.market import InstrumentId, Side
from twinstar.domain.order import Order, Terms, Trail


class PlaceOrder(Struct, frozen=True, tag=True):
    order: Order


class CancelOrder(Struct, frozen=True, tag=True, kw_only=True):
    order: Order
    time_ms: int


class AmendOrder(Struct, frozen=True, tag=True, kw_only=True):
    """Change an order where it stands, so that there is no moment without it."""

    order: Order
    terms: Terms
    time_ms: int


Command = PlaceOrder | CancelOrder | AmendOrder


class Enter(Struct, frozen=True, kw_only=True):
    """A strategy's wish to open a position. It is protected at ``stop_price`` as soon as it is held.

    ``quantity`` is in the base asset and is rounded down to the venue's steps. At market, or at ``price``.
    ``break_even_at`` and ``trail`` are in multiples of the risk, from the entry to ``stop_price``.
    """

    instrument: InstrumentId
    side: Side
    quantity: Decimal
    stop_price: Decimal
    price: Decimal | None = None
    take_profit: Decimal | None = None
    break_even_at: Decimal | None = None
    trail: Trail | None = None


class Exit(Struct, frozen=True, kw_only=True):
    """A strategy's wish to close all that it holds of an instrument, at market."""

    instrument: InstrumentId


class MoveStop(Struct, frozen=True, kw_only=True):
    """A strategy's wish to have what is held protected closer by; away from profit no stop is moved."""

    instrument: InstrumentId
    stop_price: Decimal


Intent = Enter | Exit | MoveStop
