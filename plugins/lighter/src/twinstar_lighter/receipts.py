"""Whether a transaction failed after it was accepted: asked of the venue by its hash, once all else is silent.

The status does not tell: one that was carried out and one that was refused while it was carried out are both executed.
The refusal is an error within the event. Source: public clients that measured it (2026-09), and one that has status 0
for failed; a 0 alone counts for nothing here, as it could also be a number that was never set.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

import twinstar as ts
from twinstar_lighter.account import Reading
from twinstar_lighter.errors import meaning_of
from twinstar_lighter.messages import EventInfo, Fault, Receipt

PENDING: Final = 1


async def failure(reading: Reading, tx_hash: str, within_s: float) -> Fault | None:
    """None where that is not sure, also since no answer came: then nothing has changed for whoever asks."""
    try:
        async with asyncio.timeout(within_s):
            asked, token = {"by": "hash", "value": tx_hash}, await reading.tokens.current()
            return told(await reading.rest.ask("tx", asked, Receipt, token=token), tx_hash)
    except (TimeoutError, ts.errors.VenueError):
        return None


def told(receipt: Receipt, tx_hash: str) -> Fault | None:
    """Only an error whose code is known to mean that nothing was done."""
    if receipt.hash != tx_hash or receipt.status == PENDING:
        return None
    try:
        event = msgspec.json.decode(receipt.event_info or "{}", type=EventInfo)
        fault = msgspec.json.decode(event.ae, type=Fault) if event.ae else None
    except msgspec.DecodeError:
        return None
    return fault if fault is not None and meaning_of(fault.code) is ts.Meaning.REFUSED else None
