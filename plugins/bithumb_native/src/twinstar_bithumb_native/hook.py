"""What TwinStar finds by the entry point, and how the parts are put together."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final, assert_never

import twinstar as ts
from twinstar_bithumb_native.config import BithumbConfig

LIMITS: Final = Path(__file__).with_name("limits.toml")
REST_URL: Final = "https://api.bithumb.com"
WS_URL: Final = "wss://ws-api.bithumb.com"


@ts.hookimpl
def twinstar_register(registry: ts.Registry) -> None:
    registry.venue("bithumb_native", BithumbConfig, make, limits=limits)


def limits(_: str, __: BithumbConfig) -> ts.Limits:
    return ts.read_limits(LIMITS)


def make(config: BithumbConfig, context: ts.VenueContext) -> ts.Venue:
    """What is heavy is imported only for those who use this venue."""
    from twinstar_bithumb_native.account import Account  # noqa: PLC0415 - see above
    from twinstar_bithumb_native.market import BithumbHistory, BithumbListing, ask_time  # noqa: PLC0415
    from twinstar_bithumb_native.rest import Rest  # noqa: PLC0415
    from twinstar_bithumb_native.signing import Keys  # noqa: PLC0415
    from twinstar_bithumb_native.streams import BithumbStreams  # noqa: PLC0415
    from twinstar_bithumb_native.trading import BithumbTrading  # noqa: PLC0415

    given = _keys(config, context)
    keys = Keys(*given) if given is not None else None
    rest_url, ws_url = _urls(config, context)
    rest = Rest(rest_url, context, keys, config.timeout_s)
    streams = BithumbStreams(rest, context, ws_url, private=keys is not None, timeout_s=config.timeout_s)
    history = BithumbHistory(rest)
    trading = BithumbTrading(
        rest, context, Account(rest, context, config.visibility_ms), config.instruments, config.market_buy_cap
    )
    return ts.Venue(
        id=context.id,
        streams=streams,
        listing=BithumbListing(rest, ts.Timeframe(config.timeframe), may_ask_rules=keys is not None),
        history=history,
        trading=trading if keys is not None else None,
        pulse=history.pulse,
        market_speed=context.endpoint.market_speed if context.endpoint is not None else 1.0,
        usage=streams.usage,
        ask_time=partial(ask_time, rest, config.instruments[0]),
        close=rest.close,
    )


def _keys(config: BithumbConfig, context: ts.VenueContext) -> tuple[str, str] | None:
    """None: nothing is ever signed."""
    if config.mode is ts.Mode.SIM:
        return (context.endpoint.api_key, context.endpoint.secret) if context.endpoint is not None else None
    if config.account is None or config.mode is ts.Mode.PAPER:
        return None
    return config.account.api_key.get_secret_value(), config.account.secret.get_secret_value()


def _urls(config: BithumbConfig, context: ts.VenueContext) -> tuple[str, str]:
    match config.mode:
        case ts.Mode.SIM | ts.Mode.PAPER if context.endpoint is not None:
            base = context.endpoint.url.rstrip("/")
            return f"{base}/api.bithumb.com", f"ws{base.removeprefix('http')}/ws-api.bithumb.com"
        case ts.Mode.SIM:
            raise ts.errors.ConfigError(f"venues.{context.id}.mode: sim has no simulated exchange to talk to")
        case ts.Mode.TESTNET:
            raise ts.errors.ConfigError(f"venues.{context.id}.mode: Bithumb has no testnet; write sim or paper")
        case ts.Mode.PAPER | ts.Mode.LIVE:
            return REST_URL, WS_URL
        case _:
            assert_never(config.mode)
