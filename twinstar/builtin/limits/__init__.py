"""What each venue meters, one file a venue; and what is assumed of a venue that nobody has a source for."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from twinstar.domain import WS_CONNECT, WS_MESSAGE, BanRule, Citation, Endpoint, Limits, Quota, Scope, Stops
from twinstar.plugin.limits import read_limits

DEFAULT: Final = "default"
HERE: Final = Path(__file__).parent
GENERAL_BANS: Final = (
    BanRule(status=418, stops=Stops.IP, for_s=120.0, grows=True),
    BanRule(status=429, stops=Stops.IP, for_s=60.0),
)


@cache
def limits_of(venue: str) -> Limits:
    """A venue without a file of its own gets the default, for all it is asked."""
    path = HERE / f"{venue}.toml"
    if path.exists():
        return read_limits(path, also=(default_quota(venue),))
    return Limits(
        venue=venue,
        quotas=(default_quota(venue), *_socket_quotas(venue)),
        endpoints={
            WS_CONNECT: Endpoint(charges={"ws_connect": 1}),
            WS_MESSAGE: Endpoint(charges={"ws_message": 1}),
            "*": Endpoint(charges={DEFAULT: 1}),
        },
    )


def completed(limits: Limits) -> Limits:
    """With a quota for what has none, and what any venue's 429 and 418 mean."""
    has_default = any(quota.name == DEFAULT for quota in limits.quotas)
    quotas = limits.quotas if has_default else (*limits.quotas, default_quota(limits.venue))
    return msgspec.structs.replace(limits, quotas=quotas, bans=(*limits.bans, *GENERAL_BANS))


def known_venues() -> tuple[str, ...]:
    """Those with a file."""
    return tuple(sorted(path.stem for path in HERE.glob("*.toml") if path.stem != DEFAULT))


def default_quota(venue: str) -> Quota:
    """At the rate's margin in the long run, and in a burst never more than one second allows."""
    told = _default()
    rate = float(told["rates"].get(venue, told["rates"]["*"]))
    burst = float(min(int(rate * told["margin"] * told["burst_s"]), int(rate)))
    return Quota(
        name=DEFAULT, cap=burst, per_s=burst / (rate * told["margin"]), source=_citation(), sure=False, documented=burst
    )


def _socket_quotas(venue: str) -> tuple[Quota, ...]:
    """As carefully as its requests."""
    rate = default_quota(venue)
    return (
        msgspec.structs.replace(rate, name="ws_connect"),
        msgspec.structs.replace(rate, name="ws_message", scope=Scope.CONNECTION),
    )


@cache
def _default() -> dict[str, Any]:
    return tomllib.loads((HERE / f"{DEFAULT}.toml").read_text("utf-8"))


def _citation() -> Citation:
    return msgspec.convert(_default()["source"], Citation)
