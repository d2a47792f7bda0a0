"""Every place a plugin may step in.

Named things are registered; behaviours are resolved. A hook that resolves a behaviour is ``firstresult``: return None
to leave it to the next plugin. All hooks run while the service is being put together, never once it trades.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from twinstar.config import VenueConfig
    from twinstar.plugin.registry import Registry, VenueContext, VenueType
    from twinstar.ports import Metering, RateLimiter, Recovery, Venue

NAME = "twinstar"
hookspec = pluggy.HookspecMarker(NAME)
hookimpl = pluggy.HookimplMarker(NAME)


@hookspec
def twinstar_register(registry: Registry) -> None:
    """Name your venues, strategies, journals, stores and notifiers, so config.yaml can ask for them. And commands."""


@hookspec(firstresult=True)
def twinstar_open_venue(venue_type: VenueType[Any], config: VenueConfig, context: VenueContext) -> Venue | None:
    """Make a venue. Wrap this hook to record, delay, meter or simulate any venue."""


@hookspec(firstresult=True)
def twinstar_rate_limiter(metering: Metering) -> RateLimiter | None:
    """Decide how what is sent to a venue is paced."""


@hookspec(firstresult=True)
def twinstar_resync(venue: Venue) -> Recovery | None:
    """Decide how to catch up after a gap in a venue's streams, or a doubt about an order."""


@hookspec(firstresult=True)
def twinstar_restore(venue: Venue) -> Recovery | None:
    """Decide how to catch up after a restart, before trading is allowed."""
