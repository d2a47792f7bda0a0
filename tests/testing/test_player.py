"""Lines that go to one address are told apart by what is said on them first."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import msgspec
import pytest

from twinstar.runtime.tape.row import Row, frame
from twinstar.testing.replay.player import Player
from twinstar.testing.replay.relay import serving

PATH = "/v.com/ws"
TOKEN = "5f" * 40


def subscribed(topic: str, **more: str) -> str:
    return json.dumps({"subscribe": topic, **more})


def line(number: int, *, first: str, told: str) -> list[Row]:
    return [Row(number, "open", path=PATH), frame(number, ">", 0, first), frame(number, "<", 0, told)]


ROWS = [
    *line(0, first=subscribed("BTC"), told="of BTC"),
    *line(1, first=subscribed("ETH"), told="of ETH"),
    *line(2, first=subscribed("orders", auth=f"1795616293:7:{TOKEN}"), told="of our orders"),
    *line(3, first=subscribed("fills", auth="hidden"), told="of our fills"),
]


async def heard(player: Player, *firsts: str) -> list[Any]:
    """What is told to each of these, who begin one after the other and leave together."""
    async with serving(player.handle) as url, aiohttp.ClientSession() as session:
        sockets = []
        for first in firsts:
            sockets.append(await session.ws_connect(url + PATH))
            if first:
                await sockets[-1].send_str(first)
        told = [(await socket.receive()).data for socket in sockets]
        for socket in sockets:
            await socket.close()
    return told


async def test_lines_are_opened_in_another_order_than_they_were() -> None:
    player = Player(ROWS, lambda: 0, patience_s=5)
    another_token = f"1795699999:8:{TOKEN[::-1]}"
    private = [subscribed(topic, auth=another_token) for topic in ("fills", "orders")]
    assert await heard(player, *private, subscribed("ETH"), subscribed("BTC")) == [
        "of our fills",
        "of our orders",
        "of ETH",
        "of BTC",
    ]
    assert player.left == 0


@pytest.mark.parametrize("first", ["", subscribed("something new")])
async def test_whoever_begins_otherwise_is_told_what_comes_first(first: str) -> None:
    player = Player(ROWS, lambda: 0, patience_s=0.1)
    assert await heard(player, first) == ["of BTC"]


async def test_the_tape_of_a_testnet_is_played_to_whoever_asks_the_venue_itself() -> None:
    rows = [msgspec.structs.replace(row, path="/testnet.v.com/ws") if row.what == "open" else row for row in ROWS[:3]]
    assert await heard(Player(rows, lambda: 0), subscribed("BTC")) == ["of BTC"]


async def test_another_path_is_another_line() -> None:
    rows = [msgspec.structs.replace(row, path="/v.com/other") if row.what == "open" else row for row in ROWS[:3]]
    with pytest.raises(aiohttp.WSServerHandshakeError, match="404"):
        await heard(Player(rows, lambda: 0), subscribed("BTC"))
