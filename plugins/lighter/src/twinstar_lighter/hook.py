"""What TwinStar finds by the entry point. aiohttp and the signer come only for those who use this venue."""

from __future__ import annotations

from pathlib import Path

import msgspec

import twinstar as ts
from twinstar_lighter.config import LighterConfig

# A paid tier has no cap on the number of requests: so many can be made of those that weigh least, which are 6.
TIERS = {
    "standard": {},
    "plus": {"account_weight_1m": 120_000, "account_requests_1m": 20_000, "send_1m": 8_000},
    "premium": {"account_requests_1m": 4_000, "send_1m": 4_000},
}


@ts.hookimpl
def twinstar_register(registry: ts.Registry) -> None:
    registry.venue("lighter", LighterConfig, make, limits=limits)
    registry.command("lighter", commands)


def limits(venue_id: str, config: LighterConfig) -> ts.Limits:
    """A paid tier's hold for whoever brings a token; by address everybody has those of a standard account."""
    told, caps = ts.read_limits(Path(__file__).with_name("limits.toml")), TIERS[config.tier]
    quotas = tuple(
        msgspec.structs.replace(quota, cap=caps[quota.name], documented=caps[quota.name])
        if quota.name in caps
        else quota
        for quota in told.quotas
    )
    return msgspec.structs.replace(told, quotas=quotas)


def commands() -> object:
    from twinstar_lighter.fetching import group  # noqa: PLC0415 - see above

    return group


def make(config: LighterConfig, context: ts.VenueContext) -> ts.Venue:
    from twinstar_lighter.venue import open_venue  # noqa: PLC0415 - see above

    return open_venue(config, context)
