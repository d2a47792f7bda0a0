"""What an account makes possible: orders, readings, and a line of its own."""

from __future__ import annotations

from msgspec import Struct

import twinstar as ts
from twinstar_lighter.access import keys_of, signer_of
from twinstar_lighter.account import Reading
from twinstar_lighter.config import LighterConfig
from twinstar_lighter.drafts import Drafts
from twinstar_lighter.listing import Leverage
from twinstar_lighter.markets import Listed
from twinstar_lighter.messages import Nonce
from twinstar_lighter.nonces import Lanes
from twinstar_lighter.orders import Slippage
from twinstar_lighter.owners import Failed, Owners, Verdicts
from twinstar_lighter.post import Post
from twinstar_lighter.quota import VolumeQuota
from twinstar_lighter.rest import Rest
from twinstar_lighter.signer import Signing
from twinstar_lighter.streams import Books, Private
from twinstar_lighter.tokens import Tokens
from twinstar_lighter.trading import LighterTrading


class Desk(Struct, frozen=True, kw_only=True):
    trading: LighterTrading
    private: Private
    leverage: Leverage | None
    quota: VolumeQuota


def desk_of(config: LighterConfig, context: ts.VenueContext, rest: Rest, listed: Listed, books: Books) -> Desk | None:
    """None without keys."""
    keys = keys_of(config, context)
    if not keys:
        return None
    signer, slots = signer_of(config, context, keys), [key.slot for key in keys]
    quota = VolumeQuota(context.id, context.clock)
    reading = _reading(config, context, signer, slot=slots[0], rest=rest, listed=listed)
    trading = _trading(config, context, signer, slots=slots, reading=reading, quota=quota, books=books)
    private = Private(
        account=signer.account,
        tokens=reading.tokens,
        owners=reading.owners,
        verdicts=trading.verdicts,
        post=trading.post,
    )
    return Desk(trading=trading, private=private, leverage=_leverage(config, trading), quota=quota)


def _reading(
    config: LighterConfig, context: ts.VenueContext, signer: Signing, *, slot: int, rest: Rest, listed: Listed
) -> Reading:
    tokens = Tokens(context.id, signer, slot, clock=context.clock, venue_clock=context.venue_clock)
    rest.tokens, rest.by_account = tokens, config.tier != "standard"
    return Reading(
        venue=context.id,
        account=signer.account,
        rest=rest,
        tokens=tokens,
        listed=listed,
        owners=Owners(),
        failed=Failed(),
        clock=context.clock,
        visibility_ms=config.visibility_ms,
    )


def _trading(
    config: LighterConfig,
    context: ts.VenueContext,
    signer: Signing,
    *,
    slots: list[int],
    reading: Reading,
    quota: VolumeQuota,
    books: Books,
) -> LighterTrading:
    async def next_nonce(slot: int) -> int:
        asked, token = {"account_index": signer.account, "api_key_index": slot}, await reading.tokens.current()
        told = await reading.rest.ask("nextNonce", asked, Nonce, token=token, lane=ts.Lane.PROTECT)
        return told.nonce

    return LighterTrading(
        venue=context.id,
        signer=signer,
        lanes=Lanes(slots, next_nonce),
        post=Post(reading.rest, context, config.timeout_s, quota, by_line=config.send_over == "socket"),
        listed=reading.listed,
        books=books,
        owners=reading.owners,
        verdicts=Verdicts(),
        reading=reading,
        clock=context.clock,
        venue_clock=context.venue_clock,
        drafts=Drafts(context.clock),
        slippage=Slippage(config.slippage_percent, config.stop_slippage_percent),
        verdict_within_s=config.verdict_within_s,
    )


def _leverage(config: LighterConfig, trading: LighterTrading) -> Leverage | None:
    if config.leverage is None:
        return None
    return Leverage(times=config.leverage, mode=config.margin_mode, trading=trading, reading=trading.reading)
