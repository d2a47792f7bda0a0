"""Every key of ccxt's samples of Bithumb's API 2.0, with its JSON type, is in the answer here."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sim.wires import samples
from sim.wires.bithumb_venue import Caller, Venue, private_socket, public_socket, serving
from sim.wires.samples import problems
from sim.wires.upbit_venue import of_type

SAMPLES = samples.SAMPLES / "bithumb"
REST, PUSHED = "ccxt_comment_samples/bithumb.json", "ccxt_comment_samples/pro_bithumb.json"

TABLE: samples.Table = {
    f"{REST}:442": ("markets", {}),
    f"{REST}:643": ("accounts", {}),
    f"{REST}:751": ("books", {}),
    f"{REST}:838": ("tickers", {}),
    f"{REST}:869": ("ticker frame", {}),
    f"{REST}:986": ("tickers", {}),
    f"{REST}:1208": ("candles", {}),
    f"{REST}:1278": ("candles", {}),
    f"{REST}:1364": ("trades", {}),
    f"{REST}:1379": ("trade frame", {}),
    f"{REST}:1486": ("trades", {}),
    f"{REST}:1571": ("batch", {}),
    f"{REST}:1687": ("placed", {}),
    f"{REST}:1863": ("order", {}),
    f"{REST}:2029": ("canceled", {}),
    f"{REST}:2286": ("orders", {}),
    f"{REST}:2466": ("canceled batch", {}),
    f"{REST}:3151": ("missing", {}),
    f"{PUSHED}:190": ("ticker frame", {}),
    f"{PUSHED}:411": ("book frame", {}),
    f"{PUSHED}:573": ("trade frame", {}),
    f"{PUSHED}:738": ("asset frame", {}),
}
FIRST = "of API 1.0, which is not simulated"
TWAP = "TWAP orders are not simulated"
MONEY = "deposits and withdrawals are not simulated"
LEFT_OUT = {
    REST: {
        **dict.fromkeys((524, 632, 794, 821, 1072, 1172, 1343, 1353, 1507, 1714, 1898, 1949, 1974, 2194, 3166), FIRST),
        **dict.fromkeys((1788, 1829, 2042, 2393), TWAP),
        **dict.fromkeys((2557, 2696, 2739, 2793, 2839, 2893, 2939, 3003), MONEY),
    },
    PUSHED: {
        **dict.fromkeys((166, 250, 387, 554, 621, 684), FIRST),
        855: "myOrder v1, which Bithumb gives up",
    },
}

BID = {"market": "KRW-BTC", "side": "bid", "order_type": "limit", "price": "50000000", "volume": "0.001"}
there = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not part of this repository")


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    async with serving(history=5, KRW="50000000", BTC="1") as served:
        yield served


@pytest.fixture
async def answers(venue: Venue) -> dict[str, Any]:
    caller = Caller(venue)
    found: dict[str, Any] = {
        "markets": caller.get("/v1/market/all", isDetails="true"),
        "accounts": caller.get("/v1/accounts"),
        "books": caller.get("/v1/orderbook", markets="KRW-BTC"),
        "tickers": caller.get("/v1/ticker", markets="KRW-BTC,KRW-ETH"),
        "candles": caller.get("/v1/candles/minutes/1", market="KRW-BTC", count=2),
        "missing": caller.get("/v1/orderbook"),
    }
    async with private_socket(venue, caller) as private, public_socket(venue) as public:
        await private.subscribe({"type": "myAsset"})
        await private.frames()
        found["placed"] = caller.post("/v2/orders", **BID)
        (found["asset frame"],) = of_type(await private.frames(), "myAsset")
        kinds = ("ticker", "orderbook", "trade")
        venue.step(40)
        await public.subscribe(*({"type": kind, "codes": ["KRW-BTC"]} for kind in kinds))
        found["ticker frame"], found["book frame"], found["trade frame"] = await public.frames()
    found["trades"] = caller.get("/v1/trades/ticks", market="KRW-BTC")
    found["order"] = caller.get("/v1/order", uuid=found["placed"]["order_id"])
    found["orders"] = caller.get("/v1/orders")
    found["canceled"] = caller.delete("/v2/order", order_id=found["placed"]["order_id"])
    found["batch"] = caller.post("/v2/orders/batch", batch_orders=[BID])
    ids = [each["order_id"] for each in found["batch"]["batch_orders_response"]]
    found["canceled batch"] = caller.post("/v2/orders/cancel", order_ids=ids)
    return found


@there
async def test_every_field_of_the_samples_is_in_our_answers(answers):
    assert problems("bithumb", TABLE, answers) == []


@there
@pytest.mark.parametrize("file", [REST, PUSHED])
def test_every_sample_is_in_the_table_or_left_out_for_a_reason(file):
    lines = {each["line"] for each in json.loads((SAMPLES / file).read_text(encoding="utf-8"))["samples"]}
    tabled = {int(name.rpartition(":")[2]) for name in TABLE if name.startswith(file)}
    assert tabled | LEFT_OUT[file].keys() == lines
    assert not tabled & LEFT_OUT[file].keys()
