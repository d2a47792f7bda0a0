"""A venue with its trading replaced: its market data stays as it is, orders never leave this process."""

from __future__ import annotations

import msgspec
from loguru import logger

from twinstar.builtin.paper.clock import PaperTime
from twinstar.builtin.paper.exchange import PERCENT, PaperExchange
from twinstar.builtin.paper.hearing import Hearing
from twinstar.builtin.paper.listing import PaperListing
from twinstar.builtin.paper.missed import Missed
from twinstar.builtin.paper.streams import PaperStreams
from twinstar.builtin.paper.trading import PaperTrading
from twinstar.config import VenueConfig
from twinstar.domain import InstrumentId, Timeframe
from twinstar.errors import ConfigError
from twinstar.plugin import VenueContext
from twinstar.plugin.metering import closing
from twinstar.ports import Venue


def on_paper(venue: Venue, config: VenueConfig, context: VenueContext) -> Venue:
    if venue.listing is None:
        raise ConfigError(
            f"venues.{venue.id}.mode: paper needs a venue that lists its steps and minimums, and a venue of type "
            f"{config.type} does not; use another type, or another mode"
        )
    time, timeframe = PaperTime(context.venue_clock), Timeframe(config.timeframe)
    file = context.state_dir / "paper" / f"{venue.id}.ledger.jsonl" if context.state_dir is not None else None
    exchange = PaperExchange(file, time, config.paper)
    hearing = Hearing(exchange, time, timeframe, has_history=venue.history is not None)
    listing = PaperListing(venue.listing, exchange, config.paper.fee_percent * PERCENT)
    missed = Missed(
        tuple(InstrumentId(symbol, venue.id) for symbol in config.instruments),
        timeframe,
        listing=listing,
        history=venue.history,
        exchange=exchange,
        hearing=hearing,
        clock=time,
    )
    logger.bind(venue=venue.id).info("paper: market data is the venue's, orders are filled here and never leave")
    return msgspec.structs.replace(
        venue,
        streams=PaperStreams(venue.id, venue.streams, exchange, hearing, context.clock),
        listing=listing,
        trading=PaperTrading(venue.id, exchange, missed, context.clock),
        permissions=None,  # whatever key it was made with, none is used
        close=closing(venue.close, exchange.close),
    )
