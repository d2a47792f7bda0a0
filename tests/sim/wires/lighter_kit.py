"""A simulated Lighter on loopback with a market that moves by hand, and a client that signs with nothing."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from ccxt.pro.lighter import lighter as ccxt_class
from sim.wires import kit

from twinstar.sim.model import Tick
from twinstar.sim.wires import lighter
from twinstar.sim.wires.lighter import rules
from twinstar.sim.wires.lighter.accounts import FIRST_ACCOUNT

HOST = "mainnet.zklighter.elliot.ai"
BTC, ETH = "BTC/USDC:USDC", "ETH/USDC:USDC"
ETH_ID, BTC_ID = 0, 1
KEY = 4
SIGNATURE = base64.b64encode(b"s" * 80).decode()
ORDER = {
    "MarketIndex": BTC_ID, "ClientOrderIndex": 0, "BaseAmount": 20, "Price": 500_000, "IsAsk": 0, "Type": 0,
    "TimeInForce": 1, "ReduceOnly": 0, "TriggerPrice": 0, "OrderExpiry": 0,
}  # fmt: skip


class Simulated(kit.Simulated):
    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.nonce = 0  # of KEY, counted here as a client does

    def move(self, until: Callable[[Tick], bool] | None = None, *, symbol: str = BTC, ticks: int = 1) -> None:
        super().move(until, symbol=symbol, ticks=ticks)

    def last(self, symbol: str = BTC) -> Decimal:
        return super().last(symbol)

    @asynccontextmanager
    async def socket(self, *channels: str) -> AsyncIterator[Frames]:
        """Greeted, and subscribed to these."""
        url = f"ws://127.0.0.1:{self.port}/{HOST}/stream"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as opened:
            frames = Frames(opened, self)
            frames.greeting = await frames.next("connected")
            await frames.subscribe(*channels, token=self.token())
            yield frames

    # Transactions.

    def tx(self, *, nonce: int | None = None, **fields: Any) -> dict[str, Any]:
        return {
            "AccountIndex": FIRST_ACCOUNT, "ApiKeyIndex": KEY, "ExpiredAt": self.wall.now_ms() + 599_000,
            "Nonce": self.nonce + 1 if nonce is None else nonce, "Sig": SIGNATURE, "L2TxAttributes": None, **fields,
        }  # fmt: skip

    def order(self, **fields: Any) -> dict[str, Any]:
        waits = fields.get("TimeInForce", rules.GTT) != rules.IOC or fields.get("TriggerPrice", 0) > 0
        return {**ORDER, "OrderExpiry": self.expiry() if waits else 0, **fields}

    def expiry(self) -> int:
        return self.wall.now_ms() + 86_400_000

    def worst(self, *, is_ask: int, symbol: str = BTC) -> int:
        """A price at which a market order gets what there is."""
        price = self.last(symbol) * (9 if is_ask else 11) / 10
        return self.wire_price(price, symbol)

    def wire_price(self, price: Any, symbol: str = BTC) -> int:
        return int(price / self.exchange.listings[symbol].tick)

    async def create(self, **fields: Any) -> Any:
        return await self.send(14, **self.order(**fields))

    async def market_order(self, size: int, *, is_ask: int = 0, **fields: Any) -> Any:
        worst = self.worst(is_ask=is_ask)
        market = {"Type": rules.MARKET, "TimeInForce": rules.IOC, "OrderExpiry": 0}
        return await self.create(**market, BaseAmount=size, IsAsk=is_ask, Price=worst, **fields)

    async def send(self, tx_type: int, **fields: Any) -> Any:
        """One that is accepted."""
        status, answer = await self.try_to_send(tx_type, **fields)
        assert (status, answer["code"]) == (200, 200), answer
        return answer

    async def try_to_send(self, tx_type: int, **fields: Any) -> tuple[int, Any]:
        status, answer = await self.post("sendTx", tx_type=tx_type, tx_info=json.dumps(self.tx(**fields)))
        if answer.get("code") == 200:
            self.nonce += 1
        return status, answer

    # Questions.

    def token(self, *, account: int = FIRST_ACCOUNT, key: int = KEY, lives_s: int = 600) -> str:
        return f"{self.wall.now_ms() // 1000 + lives_s}:{account}:{key}:{'ab' * 80}"

    async def get(self, path: str, *, token: str | None = None, **params: Any) -> Any:
        status, answer = await self.ask("GET", path, token=token, params=params)
        assert (status, answer["code"]) == (200, 200), answer
        return answer

    async def own(self, path: str, **params: Any) -> Any:
        return await self.get(path, token=self.token(), account_index=FIRST_ACCOUNT, **params)

    async def orders(self) -> dict[int, Any]:
        """All of the account, by client index; newest first within one."""
        found = [*(await self.own("accountActiveOrders"))["orders"]]
        found += (await self.own("accountInactiveOrders"))["orders"]
        return {order["client_order_index"]: order for order in reversed(found)}

    async def account(self) -> Any:
        return (await self.get("account", by="index", value=FIRST_ACCOUNT))["accounts"][0]

    async def post(self, path: str, **form: Any) -> tuple[int, Any]:
        return await self.ask("POST", path, form=form)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        params: Any = None,
        form: Any = None,
        root: str = "/api/v1/",
    ) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self.port}/{HOST}{root}{path}?{urlencode(params or {})}"
        headers = {"Authorization": token} if token else {}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=headers, data=form) as answer,
        ):
            content = await answer.read()
            return answer.status, msgspec.json.decode(content) if answer.content_type == "application/json" else None


class Frames:
    """What comes over a socket, read one by one."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, venue: Simulated) -> None:
        self._socket, self._venue = socket, venue
        self.greeting: Any = None

    async def subscribe(self, *channels: str, token: str | None = None) -> None:
        for channel in channels:
            await self.say(type="subscribe", channel=channel, **({"auth": token} if token else {}))

    async def say(self, **message: Any) -> None:
        await self._socket.send_json(message)

    async def send(self, tx_type: int, number: str = "1", **fields: Any) -> Any:
        """A transaction, and what is said of it."""
        data = {"id": number, "tx_type": tx_type, "tx_info": self._venue.tx(**fields)}
        await self.say(type="jsonapi/sendtx", data=data)
        answer = await self.next("jsonapi/sendtx")
        if answer["code"] == 200:
            self._venue.nonce += 1
        return answer

    async def next(self, kind: str = "") -> Any:
        """The next frame, or the next of that kind."""
        while True:
            message = await self._socket.receive(timeout=2)
            assert message.type is aiohttp.WSMsgType.TEXT, message
            frame = msgspec.json.decode(message.data)
            if kind in frame.get("type", ""):
                return frame

    async def heard(self, wait_s: float = 0) -> list[Any]:
        """All that was said until now, or until then: what is asked last is answered last."""
        await asyncio.sleep(wait_s)
        await self.say(type="ping")
        found = []
        while (frame := await self.next())["type"] != "pong":
            found.append(frame)
        return found

    async def of_each(self, *channels: str) -> dict[str, Any]:
        """The next frame of each channel."""
        found: dict[str, Any] = {}
        while not set(channels) <= found.keys():
            frame = await self.next("/")
            found[frame["channel"]] = frame
        return found


def simulated(*symbols: str, **options: Any) -> AbstractAsyncContextManager[Simulated]:
    return kit.standing(lighter, Simulated, ccxt_class, symbols or (BTC, ETH), asset="USDC", **options)


@asynccontextmanager
async def premium(*symbols: str) -> AsyncIterator[Simulated]:
    """Where nothing is slowed down."""
    async with simulated(*symbols) as venue:
        params = {"account_index": FIRST_ACCOUNT, "new_tier": "premium"}
        status, _ = await venue.ask("POST", "changeAccountTier", token=venue.token(), params=params)
        assert status == 200
        yield venue
