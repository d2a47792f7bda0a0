"""What positions are worth and what they bind, by the rules of linear perpetuals that all venues share."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Listing, Position
from twinstar.sim.ports import Exchange

ZERO = Decimal(0)


class Exposure(Struct, frozen=True, kw_only=True):
    """A position at the mark price; ``notional`` has the position's sign. Its margin goes by the entry price,
    as the exchange's does, so that it does not change with every tick.
    """

    position: Position
    listing: Listing
    mark: Decimal
    notional: Decimal
    unrealized: Decimal
    initial: Decimal
    maintenance: Decimal

    @property
    def is_isolated(self) -> bool:
        return self.position.margin_mode == "isolated"

    @property
    def isolated_wallet(self) -> Decimal:
        """What was set aside for an isolated position when it was opened."""
        return self.initial if self.is_isolated else ZERO


def exposures(exchange: Exchange, account: str) -> list[Exposure]:
    return [exposure(exchange, held) for held in exchange.positions(account)]


def exposure(exchange: Exchange, held: Position) -> Exposure:
    mark, listing = exchange.mark_price(held.symbol), exchange.listings[held.symbol]
    notional = held.quantity * mark
    return Exposure(
        position=held,
        listing=listing,
        mark=mark,
        notional=notional,
        unrealized=notional - held.cost,
        initial=abs(held.quantity) * held.entry_price / held.leverage,
        maintenance=abs(notional) * listing.maintenance_rate,
    )


def break_even(held: Exposure) -> Decimal:
    """The price at which closing pays the taker fees of the way in and out."""
    position = held.position
    sign = 1 if position.quantity > 0 else -1
    return position.entry_price * (1 + sign * 2 * held.listing.taker_fee) if position.quantity else ZERO


def liquidation_price(held: Exposure, every: list[Exposure], wallet: Decimal) -> Decimal:
    """Where the margin that backs the position is down to its maintenance; 0 when no price does that.

    A cross position is backed by the whole wallet and the other cross positions, an isolated one by its own margin.
    """
    position = held.position
    if not position.quantity:
        return ZERO
    backing = wallet
    if held.is_isolated:
        backing = held.isolated_wallet
    else:
        others = [one for one in every if one is not held]
        backing -= sum((one.isolated_wallet for one in others), ZERO)
        backing += sum((one.unrealized - one.maintenance for one in others if not one.is_isolated), ZERO)
    rate = held.listing.maintenance_rate
    price = (backing - position.quantity * position.entry_price) / (abs(position.quantity) * rate - position.quantity)
    return max(price, ZERO)
