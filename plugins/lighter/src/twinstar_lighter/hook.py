"""What TwinStar finds by the entry point. aiohttp and the signer come only for those who use this venue."""

from __future__ import annotations

from pathlib import Path

import msgspec

import twinstar as ts
from twinstar_lighter.config import LighterConfig

TIERS = {"standard": {}, "plus": {"weight_1m": 120_000, "send_1m": 8_000}, "premium": {"send_1m": 4_000}}


@ts.hookimpl
def twinstar_register(registry: ts.Registry) -> None:
    registry.venue("lighter", LighterConfig, make, limits=limits)
    registry.command("lighter", commands)


def limits(venue_id: str, config: LighterConfig) -> ts.Limits:
    """A paid tier has no cap on the number of requests, and higher ones on their weight and on transactions."""
    told = ts.read_limits(Path(__file__).with_name("limits.toml"))
    if config.tier == "standard":
        return told
    caps = TIERS[config.tier]
    quotas = tuple(
        msgspec.structs.replace(quota, cap=caps[quota.name], documented=caps[quota.name])
        if quota.name in caps
        else quota
        for quota in told.quotas
        if quota.name != "requests_1m"
    )
    endpoints = {
        what: msgspec.structs.replace(
            endpoint, charges={name: weight for name, weight in endpoint.charges.items() if name != "requests_1m"}
        )
        for what, endpoint in told.endpoints.items()
    }
    return msgspec.structs.replace(told, quotas=quotas, endpoints=endpoints)


def commands() -> object:
    from twinstar_lighter.fetching import group  # noqa: PLC0415 - see above

    return group


def make(config: LighterConfig, context: ts.VenueContext) -> ts.Venue:
    from twinstar_lighter.venue import open_venue  # noqa: PLC0415 - see above

    return open_venue(config, context)
