"""The risk limits of the configuration, as the engine takes them."""

from __future__ import annotations

from twinstar.config import Settings, VenueRiskConfig
from twinstar.engine import LossLimits, RiskLimits, VenueLimits


def risk_limits(settings: Settings) -> RiskLimits:
    risk = settings.config.risk
    return RiskLimits(
        usual=_at(risk),
        venues={venue_id: _at(section.risk) for venue_id, (_, section) in settings.venues.items()},
        max_total_notional=risk.max_total_notional,
        losses=_losses(risk),
    )


def _at(risk: VenueRiskConfig) -> VenueLimits:
    return VenueLimits(
        max_position=risk.max_position,
        max_notional=risk.max_notional,
        max_venue_notional=risk.max_venue_notional,
        max_order_notional=risk.max_order_notional,
        min_order_notional=risk.min_order_notional,
        max_open_orders=risk.max_open_orders,
        max_orders_per_minute=risk.max_orders_per_minute,
        max_price_deviation=risk.max_price_deviation,
        max_price_age_ms=None if risk.max_price_age_s is None else round(risk.max_price_age_s * 1_000),
        losses=_losses(risk),
    )


def _losses(risk: VenueRiskConfig) -> LossLimits:
    return LossLimits(daily=risk.max_daily_loss, drawdown=risk.max_drawdown)
