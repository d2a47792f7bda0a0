"""In place of the native signer, for the simulated exchange: it looks at a signature's length, and at every field.

Where there is no library for the platform, or none was fetched, the simulation trades all the same. No venue
takes this.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec

import twinstar as ts
from twinstar_lighter.nonces import Place
from twinstar_lighter.signer import Change, OrderFields, Signed

LIFE_MS: Final = 599_000  # as the library has it
UNSIGNED: Final = base64.b64encode(bytes(80)).decode()
THEIRS: Final = {
    "market": "MarketIndex",
    "client_index": "ClientOrderIndex",
    "size": "BaseAmount",
    "price": "Price",
    "is_ask": "IsAsk",
    "kind": "Type",
    "time_in_force": "TimeInForce",
    "reduce_only": "ReduceOnly",
    "trigger_price": "TriggerPrice",
    "expiry": "OrderExpiry",
    "index": "Index",
}


class StandIn:
    def __init__(self, account: int, venue_clock: ts.VenueClock) -> None:
        self.account, self._clock = account, venue_clock

    def close(self) -> None:
        """There is nothing to close."""

    def create(self, order: OrderFields, place: Place) -> asyncio.Future[Signed]:
        made: asyncio.Future[Signed] = asyncio.get_running_loop().create_future()
        made.set_result(self._written(14, _spelt(order), place))
        return made

    async def group(self, grouping: int, orders: Sequence[OrderFields], place: Place) -> Signed:
        return self._written(28, {"GroupingType": grouping, "Orders": [_spelt(order) for order in orders]}, place)

    async def cancel(self, market: int, index: int, place: Place) -> Signed:
        return self._written(15, {"MarketIndex": market, "Index": index}, place)

    async def cancel_all(self, place: Place, *, mode: int = 0, at_ms: int = 0) -> Signed:
        return self._written(16, {"TimeInForce": mode, "Time": at_ms}, place)

    async def modify(self, change: Change, place: Place) -> Signed:
        return self._written(17, _spelt(change), place)

    async def leverage(self, market: int, margin_fraction: int, mode: int, place: Place) -> Signed:
        fields = {"MarketIndex": market, "InitialMarginFraction": margin_fraction, "MarginMode": mode}
        return self._written(20, fields, place)

    async def token(self, until_s: int, slot: int) -> str:
        return f"{until_s}:{self.account}:{slot}:{0:0160x}"

    def _written(self, tx_type: int, fields: dict[str, Any], place: Place) -> Signed:
        written = {
            "AccountIndex": self.account,
            "ApiKeyIndex": place.slot,
            **fields,
            "ExpiredAt": self._clock.now_ms() + LIFE_MS,
            "Nonce": place.nonce,
            "Sig": UNSIGNED,
            "L2TxAttributes": None,
        }
        info = msgspec.json.encode(written)
        return Signed(tx_type=tx_type, tx_info=info.decode(), tx_hash=hashlib.sha512(info).hexdigest()[:80])


def _spelt(fields: OrderFields | Change) -> dict[str, Any]:
    return {THEIRS[name]: value for name, value in msgspec.structs.asdict(fields).items()}
