"""How much may be risked: what `risk:` in the configuration says, as the engine takes it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

from msgspec import Struct

Amounts: TypeAlias = Mapping[str, Decimal]  # by asset: what is counted in one is never added to another
NO_AMOUNTS: Amounts = MappingProxyType({})


class LossLimits(Struct, frozen=True, kw_only=True):
    """At one venue, or at all of them together; by quote asset."""

    daily: Amounts = NO_AMOUNTS
    drawdown: Amounts = NO_AMOUNTS


class VenueLimits(Struct, frozen=True, kw_only=True):
    """At one venue. None, or an asset that is not named: no limit."""

    max_position: Amounts = NO_AMOUNTS  # of one instrument, by base asset
    max_notional: Amounts = NO_AMOUNTS  # of one instrument, by quote asset, as are those that follow
    max_venue_notional: Amounts = NO_AMOUNTS
    max_order_notional: Amounts = NO_AMOUNTS
    min_order_notional: Amounts = NO_AMOUNTS
    max_open_orders: int | None = None
    max_orders_per_minute: int | None = None
    max_price_deviation: Decimal | None = None  # of the last price
    max_price_age_ms: int | None = None
    losses: LossLimits = LossLimits()


class RiskLimits(Struct, frozen=True, kw_only=True):
    """``usual`` is for the venues that are not named."""

    usual: VenueLimits = VenueLimits()
    venues: Mapping[str, VenueLimits] = MappingProxyType({})
    max_total_notional: Amounts = NO_AMOUNTS
    losses: LossLimits = LossLimits()

    @property
    def count_losses(self) -> bool:
        every = (self.losses, *(its.losses for its in self.venues.values()))
        return any(losses.daily or losses.drawdown for losses in every)

    def at(self, venue: str) -> VenueLimits:
        return self.venues.get(venue, self.usual)


UNLIMITED = RiskLimits()
