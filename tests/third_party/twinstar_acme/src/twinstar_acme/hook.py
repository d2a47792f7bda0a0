"""What TwinStar finds by the entry point. aiohttp is imported only for those who use this venue."""

from __future__ import annotations

from datetime import date

import twinstar as ts
from twinstar_acme.config import AcmeConfig

SOURCE = ts.Citation("docs.acme.example/limits", date(2026, 11, 1))


@ts.hookimpl
def twinstar_register(registry: ts.Registry) -> None:
    registry.venue("acme", AcmeConfig, make, limits=limits)


def limits(venue_id: str, config: AcmeConfig) -> ts.Limits:
    return ts.Limits(
        venue="acme",
        quotas=(ts.Quota(name="connect", cap=10, per_s=1, source=SOURCE),),
        endpoints={ts.WS_CONNECT: ts.Endpoint(charges={"connect": 1})},
    )


def make(config: AcmeConfig, context: ts.VenueContext) -> ts.Venue:
    from twinstar_acme.streams import AcmeStreams  # noqa: PLC0415 - see above

    streams = AcmeStreams(config, context)
    return ts.Venue(id=context.id, streams=streams, usage=streams.usage)
