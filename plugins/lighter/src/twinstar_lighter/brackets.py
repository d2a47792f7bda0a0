"""An entry with its stop, its target or both, as one transaction; and a stop with a target for what is held already.

Stop and target wait until the entry is over: filled, or its rest expired. Then they stand for what it got, without a
round trip; the one that fires cancels the other. An entry that rests has neither meanwhile, and one that is canceled
takes both along, also where part of it was filled: such a part is the caller's to protect.

Each order has an index of ours and is found by it as any other; of one that is `OutcomeUnknown` the account's next
reading tells. For code of your own, as `several` is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Final

from msgspec.structs import replace

import twinstar as ts
from twinstar_lighter.drafts import Prepared
from twinstar_lighter.several import Fate, fate_of
from twinstar_lighter.trading import LighterTrading, lane_of

OTO, OCO, OTOCO = 1, 2, 3  # one triggers the other; one cancels the other; one triggers two that cancel each other
ENTRIES: Final = (ts.OrderKind.MARKET, ts.OrderKind.LIMIT)


async def place_bracket(
    trading: LighterTrading, entry: ts.Order, stop: ts.Order | None = None, target: ts.Order | None = None
) -> Mapping[str, Fate]:
    """Of each, by our id: the venue's id of it, or what `place` would have raised. Raise that where none was taken."""
    exits = [each for each in (stop, target) if each is not None]
    _demand(trading, entry.kind in ENTRIES, entry, "an entry is at market or has a limit")
    _demand(trading, bool(exits), entry, "a bracket has a stop, a target or both; an entry alone goes by `place`")
    _check(trading, stop, target)
    for each in exits:
        is_of_entry = _of(each) == (entry.instrument, entry.quantity, entry.side.opposite)
        _demand(trading, is_of_entry, each, "it has the instrument and quantity of its entry, on the other side")
    first, *children = [await trading.prepare(each) for each in (entry, *exits)]
    expiry = first.fields.expiry or children[0].fields.expiry  # one for all
    parts = [first, *(_part(each, size=0, expiry=expiry) for each in children)]  # the venue knows their size
    fates = await _placed(trading, OTOCO if len(exits) == 2 else OTO, parts)
    refused = fates[entry.order_id]
    return dict.fromkeys(fates, refused) if isinstance(refused, ts.errors.VenueRejected) else fates


async def place_exits(trading: LighterTrading, stop: ts.Order, target: ts.Order) -> Mapping[str, Fate]:
    """Of each, by our id: as `place_bracket`."""
    _check(trading, stop, target)
    _demand(trading, _of(stop) == _of(target), target, "it has the instrument, quantity and side of its stop")
    first, second = await trading.prepare(stop), await trading.prepare(target)
    return await _placed(trading, OCO, [first, _part(second, size=first.fields.size, expiry=first.fields.expiry)])


async def _placed(trading: LighterTrading, grouping: int, parts: Sequence[Prepared]) -> dict[str, Fate]:
    fields, tx_hash = [each.fields for each in parts], None
    with ExitStack() as stack:
        tracked = [stack.enter_context(trading.verdicts.tracking(each.client_index)) for each in fields]
        with suppress(ts.errors.OutcomeUnknown):  # the answer was lost: each is looked for
            tx_hash = await trading.send(
                lambda place: trading.signer.group(grouping, fields, place), lane_of(parts[0].order)
            )
        fates = [fate_of(trading, seen, part, tx_hash) for seen, part in zip(tracked, parts, strict=True)]
        return dict(zip((each.order.order_id for each in parts), await asyncio.gather(*fates), strict=True))


def _part(prepared: Prepared, *, size: int, expiry: int) -> Prepared:
    return replace(prepared, fields=replace(prepared.fields, size=size, expiry=expiry))


def _of(order: ts.Order) -> tuple[object, ...]:
    return order.instrument, order.quantity, order.side


def _check(trading: LighterTrading, stop: ts.Order | None, target: ts.Order | None) -> None:
    for each, kind in ((stop, ts.OrderKind.STOP), (target, ts.OrderKind.TAKE_PROFIT)):
        if each is not None:
            _demand(trading, each.kind is kind, each, f"it was given as {kind.value}, and is {each.kind.value}")


def _demand(trading: LighterTrading, condition: bool, order: ts.Order, rule: str) -> None:
    if not condition:
        raise ts.errors.VenueRejected(trading.venue, f"not sent: order {order.order_id}: {rule}")
