"""Put a venue together: the mode's address, the account's keys, what they make possible."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, assert_never

from loguru import logger
from msgspec import Struct

import twinstar as ts
from twinstar_lighter import library
from twinstar_lighter.account import Reading
from twinstar_lighter.config import LighterConfig
from twinstar_lighter.drafts import Drafts
from twinstar_lighter.history import LighterHistory
from twinstar_lighter.listing import Leverage, LighterListing
from twinstar_lighter.markets import Listed
from twinstar_lighter.messages import ApiKeys, Nonce, Status
from twinstar_lighter.nonces import Lanes
from twinstar_lighter.orders import Slippage
from twinstar_lighter.owners import Failed, Owners, Verdicts
from twinstar_lighter.post import Post
from twinstar_lighter.quota import VolumeQuota
from twinstar_lighter.rest import Rest
from twinstar_lighter.signer import Key, Network, Signer, Signing, load
from twinstar_lighter.standin import StandIn
from twinstar_lighter.streams import Books, LighterStreams, Private
from twinstar_lighter.tokens import Tokens
from twinstar_lighter.trading import LighterTrading

MAINNET: Final = Network("mainnet", "https://mainnet.zklighter.elliot.ai", 304)
TESTNET: Final = Network("testnet", "https://testnet.zklighter.elliot.ai", 300)
COUNTED: Final = ("requests", "frames", "bad_frames", "book_gaps")
SIM_ACCOUNT: Final = 1_000  # the first of the simulated exchange, which verifies no signature
ALL_KEYS: Final = 255  # in place of a slot
SIM_SLOTS: Final = range(12, 255)


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
    desk = _desk(config, context, rest, listed, books)
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


def network_of(config: LighterConfig, context: ts.VenueContext) -> Network:
    match config.mode:
        case ts.Mode.SIM | ts.Mode.PAPER:
            if context.endpoint is not None:
                host = MAINNET.url.partition("://")[2]
                return Network("sim", f"{context.endpoint.url.rstrip('/')}/{host}", MAINNET.chain_id)
            if config.mode is ts.Mode.SIM:
                raise ts.errors.ConfigError(f"venues.{context.id}.mode: sim has no simulated exchange to talk to")
            return MAINNET
        case ts.Mode.TESTNET:
            return TESTNET
        case ts.Mode.LIVE:
            return MAINNET
    assert_never(config.mode)


class Desk(Struct, frozen=True, kw_only=True):
    """What an account makes possible."""

    trading: LighterTrading
    private: Private
    leverage: Leverage | None
    quota: VolumeQuota


def keys_of(config: LighterConfig, context: ts.VenueContext) -> list[Key]:
    """None: market data only. The simulated account's are made of its secret."""
    if config.mode is ts.Mode.PAPER:  # on paper nothing is ever signed
        return []
    if config.mode is ts.Mode.SIM and context.endpoint is not None:
        made = hashlib.sha512(context.endpoint.secret.encode()).hexdigest()[:80]
        account = int(context.endpoint.account or SIM_ACCOUNT)
        return [Key(account=account, slot=sim_slot(context.endpoint.api_key), private_key=made)]
    if config.account is None:
        return []
    return [
        Key(account=config.account.index, slot=key.index, private_key=key.private_key.get_secret_value().strip())
        for key in config.account.keys
    ]


def sim_slot(api_key: str) -> int:
    """Where the simulated exchange has bound it."""
    number = int(hashlib.sha256(f"slot of {api_key}".encode()).hexdigest()[:12], 16)
    return SIM_SLOTS[number % len(SIM_SLOTS)]


def _signer(config: LighterConfig, context: ts.VenueContext, keys: Sequence[Key]) -> Signing:
    """The native one; the simulated exchange can do without."""
    try:
        path = library.find(config.signer_library)
    except ts.errors.ConfigError as e:
        if config.mode is not ts.Mode.SIM or config.signer_library is not None:
            raise
        logger.bind(venue=context.id).warning("simulated without Lighter's signer: {}", e)
        return StandIn(keys[0].account, context.venue_clock)
    return Signer(load(path), network_of(config, context), keys)


def _desk(config: LighterConfig, context: ts.VenueContext, rest: Rest, listed: Listed, books: Books) -> Desk | None:
    keys = keys_of(config, context)
    if not keys:
        return None
    signer, quota = _signer(config, context, keys), VolumeQuota(context.id, context.clock)
    owners, verdicts, post = (
        Owners(),
        Verdicts(),
        Post(rest, context, config.timeout_s, quota, by_line=config.send_over == "socket"),
    )
    tokens = Tokens(context.id, signer, keys[0].slot, clock=context.clock, venue_clock=context.venue_clock)
    rest.token, rest.by_account = tokens.current, config.tier != "standard"
    reading = Reading(
        venue=context.id,
        account=signer.account,
        rest=rest,
        tokens=tokens,
        listed=listed,
        owners=owners,
        failed=Failed(),
        clock=context.clock,
        visibility_ms=config.visibility_ms,
    )

    async def next_nonce(slot: int) -> int:
        asked, token = {"account_index": signer.account, "api_key_index": slot}, await tokens.current()
        told = await rest.ask("nextNonce", asked, Nonce, token=token, lane=ts.Lane.PROTECT)
        return told.nonce

    trading = LighterTrading(
        venue=context.id,
        signer=signer,
        lanes=Lanes([key.slot for key in keys], next_nonce),
        post=post,
        listed=listed,
        books=books,
        owners=owners,
        verdicts=verdicts,
        reading=reading,
        clock=context.clock,
        venue_clock=context.venue_clock,
        drafts=Drafts(context.clock),
        slippage=Slippage(config.slippage_percent, config.stop_slippage_percent),
        verdict_within_s=config.verdict_within_s,
    )
    leverage = None
    if config.leverage is not None:
        leverage = Leverage(times=config.leverage, mode=config.margin_mode, trading=trading, reading=reading)
    private = Private(account=signer.account, tokens=tokens, owners=owners, verdicts=verdicts, post=post)
    return Desk(trading=trading, private=private, leverage=leverage, quota=quota)
