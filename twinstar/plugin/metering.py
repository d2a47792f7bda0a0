"""Who shares a limiter's counters with whom, and how a venue is tied to its limiter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import blake2b

import msgspec

from twinstar.config import Mode, VenueConfig, secrets_of
from twinstar.domain import Limits
from twinstar.plugin.registry import SimEndpoint
from twinstar.ports import Clock, Metering, RateLimiter, Venue


def metering_of(
    venue_id: str, limits: Limits, config: VenueConfig, endpoint: SimEndpoint | None, clock: Clock
) -> Metering:
    key = _account(config, endpoint)
    return Metering(
        venue=venue_id, place=_place(limits, config, endpoint), account=_digest(key), limits=limits, clock=clock
    )


def account_key(limits: Limits, config: VenueConfig, endpoint: SimEndpoint | None) -> str | None:
    """Names the account that orders would go to; None where none can: there is no key, or they stay here (paper)."""
    key = _account(config, endpoint)
    return f"{limits.venue}-{config.mode.value}-{_digest(key)}" if key and config.mode is not Mode.PAPER else None


def metered(venue: Venue, limiter: RateLimiter) -> Venue:
    """It tells its limiter's statistics, and closes it when it is closed."""
    return msgspec.structs.replace(venue, limits=limiter.stats, close=closing(venue.close, limiter.close))


def _place(limits: Limits, config: VenueConfig, endpoint: SimEndpoint | None) -> str:
    if endpoint is not None:  # each simulated exchange counts for itself
        return f"sim-{_digest(f'{endpoint.url} {endpoint.api_key}')}"
    return f"{limits.venue}-testnet" if config.mode is Mode.TESTNET else limits.venue


def _account(config: VenueConfig, endpoint: SimEndpoint | None) -> str:
    return endpoint.api_key if endpoint is not None else config.account_name or _api_key(config)


def _api_key(config: VenueConfig) -> str:
    """What is called a key, else the first secret: a wallet is known by whatever it signs with.

    Of several keys of one account the least, so that it is known by the same in whichever order they are written.
    """
    secrets = [(str(path[-1]), secret.get_secret_value()) for path, secret in secrets_of(config)]
    named = next((name for name, _ in secrets if name.endswith("key")), None)
    return min((secret for name, secret in secrets if name == named), default=secrets[0][1] if secrets else "")


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest() if text else ""


def closing(close: Callable[[], Awaitable[None]] | None, then: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    """A venue's close, and after it, whatever becomes of it, what was wrapped around the venue."""

    async def both() -> None:
        try:
            if close is not None:
                await close()
        finally:
            then()

    return both
