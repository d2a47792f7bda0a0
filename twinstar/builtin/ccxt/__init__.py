"""Any exchange that ccxt.pro knows, as a venue. Cheap to import: ccxt itself comes when the first venue is made."""

from __future__ import annotations

from twinstar.builtin.ccxt.config import CcxtConfig
from twinstar.builtin.ccxt.metering import limits
from twinstar.plugin import Registry, VenueContext, hookimpl
from twinstar.ports import Venue

__all__ = ["CcxtConfig", "make", "twinstar_register"]


def make(config: CcxtConfig, context: VenueContext) -> Venue:
    from twinstar.builtin.ccxt.venue import open_venue  # noqa: PLC0415 - this is what imports ccxt

    return open_venue(config, context)


@hookimpl
def twinstar_register(registry: Registry) -> None:
    registry.venue("ccxt", CcxtConfig, make, limits=limits)
