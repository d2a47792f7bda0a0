"""Several orders in one request, and all orders canceled by one transaction.

The engine has no use for it: it sends one order at a time, each on disk before it leaves, and cancels each by name.
This is for whoever holds the venue itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Final, TypeAlias

import twinstar as ts
from twinstar_lighter.drafts import Prepared
from twinstar_lighter.nonces import NotSent, Place, Refused
from twinstar_lighter.owners import Tracked
from twinstar_lighter.signer import Unsigned
from twinstar_lighter.trading import LOOKS_S, LighterTrading, lane_of

MOST: Final = 50  # transactions in one request
Fate: TypeAlias = str | ts.errors.VenueError


async def place_several(trading: LighterTrading, orders: Sequence[ts.Order]) -> list[Fate]:
    """Of each, in their order: the venue's id of it, or what `place` would have raised."""
    if len(orders) > MOST:
        raise ts.errors.VenueRejected(trading.venue, f"not sent: {len(orders)} orders at once; {MOST} is the most")
    prepared = [await _prepared(trading, order) for order in orders]
    fates = await _placed(trading, [each for each in prepared if isinstance(each, Prepared)])
    told = iter(fates)
    return [next(told) if isinstance(each, Prepared) else each for each in prepared]


async def cancel_all(trading: LighterTrading) -> Mapping[str, bool]:
    """Every order of the account, stops as well, and whoever sent it: by the venue's id, whether it is gone."""
    before = [row.order_index for row in await trading.reading.active()]
    await trading.send(trading.signer.cancel_all, ts.Lane.PROTECT)
    left = set(before)
    for pause_s in LOOKS_S:
        await trading.clock.sleep(pause_s)
        left &= {row.order_index for row in await trading.reading.active()}
        if not left:
            break
    return {str(index): index not in left for index in before}


async def _prepared(trading: LighterTrading, order: ts.Order) -> Prepared | ts.errors.VenueError:
    try:
        return await trading.prepare(order)
    except ts.errors.VenueError as e:
        return e


async def _placed(trading: LighterTrading, ready: Sequence[Prepared]) -> Sequence[Fate]:
    if not ready:
        return []
    lane = max(lane_of(each.order) for each in ready)  # one that opens holds the others back
    with ExitStack() as stack:
        tracked = [stack.enter_context(trading.verdicts.tracking(each.fields.client_index)) for each in ready]
        try:
            await trading.lanes.send(lambda place: _send(trading, ready, place, lane), count=len(ready), rank=lane)
        except (Refused, ts.errors.OutcomeUnknown):
            pass  # of several, those before the one that was refused may have been taken: each is looked for
        except NotSent as e:
            return [_unsent(trading, e)] * len(ready)
        except ts.errors.VenueError as e:  # the number to sign with could not be asked for
            return [e] * len(ready)
        return await asyncio.gather(*map(fate_of, [trading] * len(ready), tracked, ready))


async def _send(trading: LighterTrading, ready: Sequence[Prepared], place: Place, lane: ts.Lane) -> None:
    try:
        signed = [
            await trading.signer.create(each.fields, Place(place.slot, place.nonce + number))
            for number, each in enumerate(ready)
        ]
    except Unsigned as e:
        raise NotSent from ts.errors.VenueRejected(trading.venue, f"not sent: {e}")
    await trading.post.send_several(signed, lane)


def _unsent(trading: LighterTrading, error: NotSent) -> ts.errors.VenueError:
    cause = error.__cause__
    if isinstance(cause, ts.errors.VenueError):
        return cause
    return ts.errors.VenueUnavailable(trading.venue, f"sendTxBatch: not sent ({type(cause).__name__})")


async def fate_of(trading: LighterTrading, tracked: Tracked, prepared: Prepared, tx_hash: str | None = None) -> Fate:
    try:
        return await trading.verdict(tracked, prepared, tx_hash)
    except ts.errors.VenueError as e:
        return e
