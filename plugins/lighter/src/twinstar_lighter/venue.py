"""Put a venue together: what everybody is told, and what an account makes possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import twinstar as ts
from twinstar_lighter.access import network_of
from twinstar_lighter.account import Reading
from twinstar_lighter.config import LighterConfig
from twinstar_lighter.desk import desk_of
from twinstar_lighter.history import LighterHistory
from twinstar_lighter.listing import LighterListing
from twinstar_lighter.markets import Listed
from twinstar_lighter.messages import ApiKeys, Status
from twinstar_lighter.quota import VolumeQuota
from twinstar_lighter.rest import Rest
from twinstar_lighter.streams import Books, LighterStreams

COUNTED: Final = ("requests", "frames", "bad_frames", "book_gaps")
ALL_KEYS: Final = 255  # in place of a slot


def open_venue(config: LighterConfig, context: ts.VenueContext) -> ts.Venue:
    network = network_of(config, context)
    counted = Counter(dict.fromkeys(COUNTED, 0))
    rest = Rest(network.url, context, config.timeout_s, counted)
    listed, books = Listed(context.id, rest), Books()
    history = LighterHistory(
        venue=context.id,
        rest=rest,
        listed=listed,
        venue_clock=context.venue_clock,
        is_fast=context.endpoint is not None,
    )
    desk = desk_of(config, context, rest, listed, books)
    streams = LighterStreams(
        url="ws" + network.url.removeprefix("http") + "/stream",
        rest=rest,
        listed=listed,
        books=books,
        context=context,
        counted=counted,
        timeout_s=config.timeout_s,
        private=desk.private if desk is not None else None,
    )

    async def close() -> None:
        await rest.close()
        if desk is not None:
            desk.trading.signer.close()

    return ts.Venue(
        id=context.id,
        streams=streams,
        listing=LighterListing(
            venue=context.id,
            listed=listed,
            timeframe=config.timeframe,
            leverage=desk.leverage if desk is not None else None,
        ),
        history=history,
        trading=desk.trading if desk is not None else None,
        pulse=history.pulse,
        market_speed=context.endpoint.market_speed if context.endpoint else 1.0,
        usage=partial(_usage, counted, desk.quota if desk is not None else None),
        ask_time=partial(ask_time, rest, context.clock),
        signs_its_time=False,
        permissions=partial(ask_permissions, desk.trading.reading, desk.trading.lanes.slots)
        if desk is not None
        else None,
        recall=desk.trading.owners.recall if desk is not None else None,
        close=close,
    )


def _usage(counted: Mapping[str, int], quota: VolumeQuota | None) -> dict[str, float]:
    told = {name: float(count) for name, count in counted.items()}
    return told if quota is None or quota.left is None else {**told, "volume_quota_left": float(quota.left)}


async def ask_time(rest: Rest, clock: ts.Clock) -> ts.TimeSample:
    """It tells whole seconds."""
    sent_s = clock.monotonic_s()
    told = await rest.ask("/", {}, Status, lane=ts.Lane.ACCOUNT)
    return ts.TimeSample(
        sent_s=sent_s, received_s=clock.monotonic_s(), venue_ms=told.timestamp * 1_000, resolution_ms=1_000
    )


async def ask_permissions(reading: Reading, slots: Sequence[int]) -> ts.Permissions:
    """That the keys are known is all that the venue tells of them."""
    asked, token = {"account_index": reading.account, "api_key_index": ALL_KEYS}, await reading.tokens.current()
    told = await reading.rest.ask("apikeys", asked, ApiKeys, token=token)
    missing = sorted({*slots} - {key.api_key_index for key in told.api_keys or ()})
    if missing:
        return ts.Permissions(can_trade=False, trade_switch=f"API key {missing[0]}")
    return ts.Permissions(can_trade=True)
