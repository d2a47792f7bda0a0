"""``risk:`` as typed sections: what an order that opens or grows a position has to pass. docs/risk.md."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Annotated, Final, Self, TypeAlias

from pydantic import Field

from twinstar.config.document import KeyPath
from twinstar.config.fields import Model
from twinstar.config.problems import did_you_mean

Amounts = dict[str, Annotated[Decimal, Field(ge=0)]]
LOSSES: Final = frozenset({"max_daily_loss", "max_drawdown"})
Faults: TypeAlias = Iterator[tuple[KeyPath, str]]


class VenueRiskConfig(Model):
    """At this venue; what is not named here is as in ``risk``, but for losses: those here are of this venue alone."""

    max_position: Amounts = Field(default_factory=dict)
    """Of one instrument, by base asset: {BTC: 2}."""
    max_notional: Amounts = Field(default_factory=dict)
    """Of one instrument, by quote asset: {USDT: 10000, KRW: 5000000}. Assets are never added to each other."""
    max_venue_notional: Amounts = Field(default_factory=dict)
    """Of all that is held at a venue, by quote asset."""
    max_order_notional: Amounts = Field(default_factory=dict)
    """Of one order, by quote asset: a zero too many stops here."""
    min_order_notional: Amounts = Field(default_factory=dict)
    """Of one order, by quote asset, where the venue's own minimum is too low for you."""
    max_open_orders: Annotated[int, Field(ge=1)] | None = None
    """At a venue, stops and exits among them."""
    max_orders_per_minute: Annotated[int, Field(ge=1)] | None = 600
    """At a venue, in any 60 seconds; a strategy that runs in circles stops here."""
    max_price_deviation: Annotated[Decimal, Field(gt=0)] | None = Decimal("0.2")
    """How far the price of a limit order may be off the last price; 0.2 is 20 %."""
    max_price_age_s: Annotated[float, Field(gt=0)] | None = 60.0
    """How old the last price may be."""
    max_daily_loss: Amounts = Field(default_factory=dict)
    """By quote asset, since 00:00 UTC, fees, funding and what is held included. Ends entries until you resume."""
    max_drawdown: Amounts = Field(default_factory=dict)
    """The same, since the best there was."""

    def over(self, usual: VenueRiskConfig) -> Self:
        """The rules in force at this venue: its own, and the usual ones where it has none. Losses are not inherited."""
        inherited = type(self).model_fields.keys() - self.model_fields_set - LOSSES
        return self.model_copy(update={key: getattr(usual, key) for key in inherited})


class RiskConfig(VenueRiskConfig):
    """What may be risked. A rule holds at every venue that has none of its own; losses are of all of them together."""

    max_total_notional: Amounts = Field(default_factory=dict)
    """Of all that is held at all venues, by quote asset."""


def faults(config: VenueRiskConfig, path: KeyPath, symbols: Collection[str]) -> Faults:
    """An asset that nothing here is traded in is misspelt, and its limit would hold nobody back."""
    bases = {symbol.partition("/")[0] for symbol in symbols}
    quotes = {symbol.partition("/")[2].partition(":")[0] for symbol in symbols}
    for key in sorted(config.model_fields_set):
        amounts, kind, known = getattr(config, key), "quote", quotes
        if key == "max_position":
            kind, known = "base", bases
        for asset in amounts if isinstance(amounts, dict) and known else ():
            if asset not in known:
                yield (
                    (*path, key, asset),
                    f"no instrument has the {kind} {asset!r}{did_you_mean(asset, known)}",
                )
