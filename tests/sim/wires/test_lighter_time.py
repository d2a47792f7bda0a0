"""What takes time at Lighter, in virtual time: silence, expiry, and the way from accepted to carried out."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any

import msgspec
from sim.wires.lighter_kit import BTC, BTC_ID, HOST, ORDER

from twinstar.config import SimConfig, SimVenueConfig
from twinstar.sim.build import open_exchange
from twinstar.sim.clock import Pace
from twinstar.sim.faults import Faults
from twinstar.sim.line import WebLine
from twinstar.sim.ports import RestRequest
from twinstar.sim.wires import lighter
from twinstar.sim.wires.lighter.accounts import FIRST_ACCOUNT
from twinstar.sim.wires.lighter.sending import EXECUTED, PENDING
from twinstar.sim.wires.lighter.wire import Lighter
from twinstar.testing.virtual import LoopClock, run_virtual


class LoopWall(LoopClock):
    def seconds(self) -> float:
        return self.monotonic_s()


class Socket:
    """The client's end of a line."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    async def send_str(self, frame: str) -> None:
        self.heard.append(msgspec.json.decode(frame))

    async def close(self, code: int) -> None:
        self.heard.append({"closed": code})


class Client:
    """Who is connected, subscribed to his orders, and counts his nonces."""

    def __init__(self, *, latency_ms: int = 0) -> None:
        self.wall = LoopWall()
        listings = lighter.listings([BTC])
        exchange = open_exchange(
            "lighter", listings, sim=SimConfig(history=1), config=SimVenueConfig(balances={"USDC": Decimal(1_000)}),
            wall=self.wall, pace=Pace(self.wall),
        )  # fmt: skip
        self.wire = Lighter(exchange, latency_ms)
        self.line = WebLine(f"/{HOST}/stream", Faults(self.wall), lambda: None)
        self.socket = Socket()
        session = self.wire.connect(f"/{HOST}/stream", "", {}, self.line)
        assert session is not None
        self.session = session
        self.nonce = 0
        token = f"{self.wall.now_ms() // 1000 + 600}:{FIRST_ACCOUNT}:4:{'ab' * 80}"
        self.say(type="subscribe", channel=f"account_all_orders/{FIRST_ACCOUNT}", auth=token)
        self._pumping = asyncio.ensure_future(self.line.pump(self.socket))

    def say(self, **message: Any) -> None:
        self.session.on_frame(msgspec.json.encode(message))

    def send(self, tx_type: int, **fields: Any) -> None:
        self.nonce += 1
        tx = {
            "AccountIndex": FIRST_ACCOUNT, "ApiKeyIndex": 4, "ExpiredAt": self.wall.now_ms() + 599_000,
            "Nonce": self.nonce, "Sig": b"s" * 80, "L2TxAttributes": None, **fields,
        }  # fmt: skip
        self.say(type="jsonapi/sendtx", data={"id": str(self.nonce), "tx_type": tx_type, "tx_info": tx})

    def order(self, **fields: Any) -> None:
        self.send(14, **{**ORDER, "OrderExpiry": self.wall.now_ms() + 301_000, **fields})

    def ask(self, path: str, query: str) -> Any:
        asked = RestRequest(method="GET", host=HOST, path=f"/api/v1/{path}", query=query, body="", headers={})
        return msgspec.json.decode(self.wire.rest(asked).body)

    async def hear(self) -> list[Any]:
        """All that was said until now."""
        await asyncio.sleep(0.001)
        return self.socket.heard

    async def statuses(self) -> list[str]:
        heard = await self.hear()
        return [order["status"] for frame in heard for orders in frame.get("orders", {}).values() for order in orders]

    async def codes(self) -> list[int]:
        return [frame["code"] for frame in await self.hear() if frame.get("type") == "jsonapi/sendtx"]

    async def leave(self) -> None:
        self.line.close()
        await self._pumping
        self.session.on_close()


def test_a_line_from_which_nothing_is_heard_for_two_minutes_is_closed():
    async def story() -> None:
        client = Client()
        await asyncio.sleep(119)
        assert not client.line.closed
        await asyncio.sleep(2)
        assert client.line.closed
        await client.leave()

    run_virtual(story())


def test_any_frame_puts_it_off_and_the_venue_asks_for_one_each_minute():
    async def story() -> None:
        client = Client()
        for _ in range(10):
            await asyncio.sleep(100)
            client.say(type="pong")
        assert not client.line.closed
        assert [frame["type"] for frame in await client.hear()].count("ping") == 1000 // 60
        await client.leave()

    run_virtual(story())


def test_an_order_expires_though_nobody_asks():
    async def story() -> None:
        client = Client()
        client.order()
        for _ in range(4):
            await asyncio.sleep(60)
            client.say(type="pong")
        assert await client.statuses() == ["open"]
        await asyncio.sleep(62)
        assert await client.statuses() == ["open", "canceled-expired"]
        await client.leave()

    run_virtual(story())


def test_an_accepted_order_is_not_there_yet():
    async def story() -> None:
        client = Client(latency_ms=300)
        client.order(ClientOrderIndex=1)
        assert await client.codes() == [200]
        (answer,) = [frame for frame in await client.hear() if "tx_hash" in frame]
        asked = f"by=hash&value={answer['tx_hash']}"
        assert (await client.statuses(), client.ask("tx", asked)["status"]) == ([], PENDING)
        await asyncio.sleep(0.3)
        assert (await client.statuses(), client.ask("tx", asked)["status"]) == (["open"], EXECUTED)
        assert client.ask("tx", "by=hash&value=00")["code"] == 21500
        await client.leave()

    run_virtual(story())


def test_what_is_on_its_way_can_be_canceled_and_its_index_is_taken():
    async def story() -> None:
        client = Client(latency_ms=300)
        client.order(ClientOrderIndex=1)
        client.order(ClientOrderIndex=1)
        client.nonce -= 1  # of the one that was refused
        client.send(15, MarketIndex=BTC_ID, Index=1)
        assert await client.codes() == [200, 21728, 200]
        await asyncio.sleep(0.3)
        assert await client.statuses() == ["open", "canceled"]
        await client.leave()

    run_virtual(story())


def test_a_cancel_that_comes_too_late_fails_without_a_word_and_has_spent_its_nonce():
    async def story() -> None:
        client = Client(latency_ms=300)
        client.order(ClientOrderIndex=1)
        await asyncio.sleep(0.4)
        client.send(15, MarketIndex=BTC_ID, Index=1)
        client.send(15, MarketIndex=BTC_ID, Index=1)
        await asyncio.sleep(0.4)
        assert (await client.codes(), await client.statuses()) == ([200, 200, 200], ["open", "canceled"])
        late = [frame["tx_hash"] for frame in await client.hear() if "tx_hash" in frame][-1]
        told = client.ask("tx", f"by=hash&value={late}")
        error = json.loads(json.loads(told["event_info"])["ae"])
        assert (told["status"], error) == (EXECUTED, {"code": 21709, "message": "order is inactive"})
        nonce = client.ask("nextNonce", f"account_index={FIRST_ACCOUNT}&api_key_index=4")["nonce"]
        assert nonce == client.nonce + 1
        await client.leave()

    run_virtual(story())


def test_the_stream_is_in_one_place_only():
    async def story() -> None:
        client = Client()
        assert client.wire.connect(f"/{HOST}/elsewhere", "", {}, client.line) is None
        assert client.ask("nothing", "")["code"] == 29404
        await client.leave()

    run_virtual(story())
