"""``mode: paper``: any venue's market data, and its orders filled here, by the simulated exchange's matching engine."""

from __future__ import annotations

from collections.abc import Generator

from twinstar.config import Mode, VenueConfig
from twinstar.plugin import VenueContext, hookimpl
from twinstar.ports import Venue

__all__ = ["twinstar_open_venue"]


@hookimpl(wrapper=True)
def twinstar_open_venue(config: VenueConfig, context: VenueContext) -> Generator[None, Venue, Venue]:
    venue = yield
    if config.mode is not Mode.PAPER:
        return venue
    from twinstar.builtin.paper.venue import on_paper  # noqa: PLC0415 - the simulated exchange is only loaded for it

    return on_paper(venue, config, context)
