"""Which of a venue's markets are simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from twinstar.errors import ConfigError
from twinstar.sim.model import Listing


def listed(venue: str, known: Mapping[str, Listing], symbols: Sequence[str]) -> tuple[Listing, ...]:
    """The venue's definitions of these unified symbols. Raises ConfigError naming what there is."""
    there_are = ", ".join(known)
    problems = [
        f"{venue} does not list {symbol!r} in simulation; there are: {there_are}"
        for symbol in symbols
        if symbol not in known
    ]
    if problems:
        raise ConfigError(problems)
    return tuple(known[symbol] for symbol in symbols)


def perpetual(
    base: str,
    *,
    tick: str,
    lot: Decimal,
    min_notional: str,
    taker_fee: str,
    max_leverage: int,
    maintenance_rate: str,
) -> Listing:
    """Of ``base`` in USDT, counted in coins. Every venue that we simulate takes 0.02 % of makers."""
    return Listing(
        symbol=f"{base}/USDT:USDT",
        base=base,
        quote="USDT",
        settle="USDT",
        tick=Decimal(tick),
        lot=lot,
        min_quantity=lot,
        min_notional=Decimal(min_notional),
        maker_fee=Decimal("0.0002"),
        taker_fee=Decimal(taker_fee),
        max_leverage=max_leverage,
        maintenance_rate=Decimal(maintenance_rate),
    )
