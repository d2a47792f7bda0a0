"""What TwinStar finds by the entry point. aiohttp is imported only for those who use this venue."""

from __future__ import annotations

import twinstar as ts
from twinstar_acme.config import AcmeConfig


@ts.hookimpl
def twinstar_register(registry: ts.Registry) -> None:
    registry.venue("acme", AcmeConfig, make, quotas=lambda _config: (ts.Quota("connect", weight=10, per_s=1),))


def make(config: AcmeConfig, context: ts.VenueContext) -> ts.Venue:
    from twinstar_acme.streams import AcmeStreams  # noqa: PLC0415 - see above

    streams = AcmeStreams(config, context)
    return ts.Venue(id=context.id, streams=streams, usage=streams.usage)
