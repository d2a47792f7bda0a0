"""A venue as a service would open it, at whatever answers in its place."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from random import Random
from typing import Any

from twinstar.builtin import plugins
from twinstar.config import Mode
from twinstar.plugin import Plugins
from twinstar.plugin.registry import SimEndpoint, VenueType
from twinstar.ports import Clock, Venue
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.testing.conformance.quality import Quality


@cache
def plugins_here() -> Plugins:
    return Plugins(plugins())


def kind_of(quality: Quality) -> VenueType[Any]:
    return plugins_here().registry.venue_type(quality.type)


def open_venue(
    quality: Quality,
    endpoint: SimEndpoint,
    clock: Clock,
    time: MeasuredClock,
    *,
    instruments: Iterable[str],
    **config: Any,
) -> Venue:
    """``time``: what it signs with. ``config``: more than its quality file says."""
    kind = kind_of(quality)
    wanted = {"type": quality.type, "mode": Mode.SIM, "instruments": list(instruments)}
    return plugins_here().open_venue(
        quality.venue,
        kind,
        kind.config.model_validate({**wanted, **quality.config, **config}),
        clock=clock,
        venue_clock=time,
        random=Random(7),
        endpoint=endpoint,
    )


async def close_all(venues: Iterable[Venue]) -> None:
    for venue in venues:
        if venue.close is not None:
            await venue.close()
