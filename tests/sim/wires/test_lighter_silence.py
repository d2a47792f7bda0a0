"""What two minutes of silence mean to Lighter, in virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from sim.wires.lighter_kit import BTC, HOST, ORDER

from twinstar.config import SimConfig
from twinstar.sim.build import open_exchange
from twinstar.sim.clock import Pace
from twinstar.sim.faults import Faults
from twinstar.sim.line import WebLine
from twinstar.sim.ports import RestRequest, Session
from twinstar.sim.wires import lighter
from twinstar.sim.wires.lighter.accounts import FIRST_ACCOUNT
from twinstar.sim.wires.lighter.wire import Lighter
from twinstar.testing.virtual import LoopClock, run_virtual

TOKEN = f"{{}}:{FIRST_ACCOUNT}:4:{'ab' * 80}"


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


def opened() -> tuple[Lighter, LoopWall]:
    wall = LoopWall()
    exchange = open_exchange("lighter", lighter.listings([BTC]), sim=SimConfig(history=1), wall=wall, pace=Pace(wall))
    return Lighter(exchange), wall


def connected(wire: Lighter, wall: LoopWall) -> tuple[WebLine, Session]:
    line = WebLine(f"/{HOST}/stream", Faults(wall), lambda: None)
    session = wire.connect(f"/{HOST}/stream", "", {}, line)
    assert session is not None
    return line, session


def test_a_line_from_which_nothing_is_heard_for_two_minutes_is_closed():
    async def story() -> None:
        line, session = connected(*opened())
        await asyncio.sleep(119)
        assert not line.closed
        await asyncio.sleep(2)
        assert line.closed
        session.on_close()

    run_virtual(story())


def test_any_frame_puts_it_off_and_the_venue_asks_for_one_each_minute():
    async def story() -> None:
        line, session = connected(*opened())
        socket = Socket()
        pumping = asyncio.ensure_future(line.pump(socket))
        for _ in range(10):
            await asyncio.sleep(100)
            session.on_frame('{"type": "pong"}')
        assert not line.closed
        line.close()
        await pumping
        session.on_close()
        kinds = [frame.get("type", "closed") for frame in socket.heard]
        assert kinds == ["connected", *["ping"] * (1000 // 60), "closed"]

    run_virtual(story())


def test_an_order_expires_though_nobody_asks():
    async def story() -> None:
        wire, wall = opened()
        line, session = connected(wire, wall)
        socket = Socket()
        pumping = asyncio.ensure_future(line.pump(socket))
        now = wall.now_ms()
        token = TOKEN.format(now // 1000 + 600)
        channel = f"account_all_orders/{FIRST_ACCOUNT}"
        subscribe = {"type": "subscribe", "channel": channel, "auth": token}
        session.on_frame(msgspec.json.encode(subscribe))
        order = {**ORDER, "ReduceOnly": 1, "OrderExpiry": now + 301_000, "Type": 2, "TimeInForce": 0, "IsAsk": 1}
        tx = {
            "AccountIndex": FIRST_ACCOUNT, "ApiKeyIndex": 4, "ExpiredAt": now + 599_000, "Nonce": 1,
            "Sig": b"s" * 80, "L2TxAttributes": None, **order, "TriggerPrice": 400_000,
        }  # fmt: skip
        session.on_frame(
            msgspec.json.encode({"type": "jsonapi/sendtx", "data": {"id": "1", "tx_type": 14, "tx_info": tx}})
        )
        for _ in range(5):
            await asyncio.sleep(60)
            session.on_frame('{"type": "pong"}')
        await asyncio.sleep(2)
        line.close()
        await pumping
        session.on_close()
        orders = [frame["orders"]["1"][0] for frame in socket.heard if frame.get("orders")]
        assert [order["status"] for order in orders] == ["pending", "canceled-expired"]

    run_virtual(story())


def test_the_stream_is_in_one_place_only():
    async def story() -> None:
        wire, wall = opened()
        assert wire.connect(f"/{HOST}/elsewhere", "", {}, WebLine("", Faults(wall), lambda: None)) is None
        request = RestRequest(method="GET", host=HOST, path="/api/v1/nothing", query="", body="", headers={})
        assert wire.rest(request).status == 404

    run_virtual(story())
