"""Every key of the venue's own samples of perpetuals in USDT, with its JSON type, is in the answer here."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from sim.wires import samples
from sim.wires.bingx_kit import BTC, candles_file, simulated
from sim.wires.samples import problems, quoted

SAMPLES = samples.SAMPLES / "bingx"
REST, PUSHED = "ccxt_comment_samples/bingx.json", "ccxt_comment_samples/pro_bingx.json"

NO_GUARD = {
    "takeProfit": "an empty text in what ccxt quotes here, an object in what it quotes of lists",
    "stopLoss": "likewise",
}
NUMBERED = {"code": "text in what ccxt quotes", "timeStamp": "nobody reads it"}

TABLE = {
    f"{REST}:854": ("time", {}),
    f"{REST}:885": ("coins row", {}),
    f"{REST}:1014": ("contracts", {}),
    f"{REST}:1258": ("klines", {}),
    f"{REST}:1299": ("kline row", {}),
    f"{REST}:1397": ("trades", {}),
    f"{REST}:1445": ("trade row", {}),
    f"{REST}:1455": ("fill row", {}),
    f"{REST}:1641": ("depth", {}),
    f"{REST}:1720": ("premium", {}),
    f"{REST}:1771": ("premium row", {}),
    f"{REST}:1916": ("income", {}),
    f"{REST}:1936": ("income row", {}),
    f"{REST}:2256": ("premium", {}),
    f"{REST}:2531": ("balance", {}),
    f"{REST}:2781": ("positions", {}),
    f"{REST}:2923": ("position row", {}),
    f"{REST}:3360": ("placed", {}),
    f"{REST}:3618": ("placed row", {}),
    f"{REST}:3643": ("order row", NO_GUARD),
    f"{REST}:4089": ("canceled", {}),
    f"{REST}:4227": ("all canceled", {}),
    f"{REST}:4553": ("order", {}),
    f"{REST}:4614": ("past orders", {}),
    f"{REST}:4788": ("open orders", {}),
    f"{REST}:5715": ("leverage", {}),
    f"{REST}:5739": ("leverage row", {}),
    f"{REST}:5820": ("leverage set", {}),
    f"{REST}:6387": ("position mode", NUMBERED),
    f"{REST}:6613": ("margin type", {}),
    f"{REST}:6687": ("fee", {}),
    f"{REST}:6773": ("tiers", {"timestamp": "nobody reads it"}),
    f"{PUSHED}:205": ("ticker frame", {}),
    f"{PUSHED}:277": ("ticker pushed", {}),
    f"{PUSHED}:462": ("trade frame", {}),
    f"{PUSHED}:634": ("depth frame", {}),
    f"{PUSHED}:774": ("kline frame", {}),
    f"{PUSHED}:1221": ("position pushed", {}),
    f"{PUSHED}:1496": ("order frame", {}),
    f"{PUSHED}:1652": ("account frame", {}),
}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the venue's samples are not beside the project")


async def test_every_key_of_the_samples_is_in_our_answers_with_its_type(tmp_path):
    assert problems("bingx", TABLE, await everything(tmp_path)) == []


def test_every_sample_of_a_perpetual_in_usdt_is_in_the_table():
    """A size that is no quantity of contracts, and a side of a position, are of them."""
    found = quoted("bingx", (REST, PUSHED), is_of_perpetuals)
    assert len(found) > 12
    assert found - TABLE.keys() == NOT_SERVED.keys()


NOT_SERVED = {
    f"{REST}:2691": "past positions are not kept",
    f"{REST}:2963": "past positions are not kept",
    f"{REST}:3502": "no batches",
    f"{REST}:4335": "no batches",
    f"{REST}:6262": "a position is closed by an order",
}


def is_of_perpetuals(told: str) -> bool:
    marks = ('"positionSide"', '"onlyOnePosition"', '"availableLongVol"', '"ps"', '"bidsCoin"', '"fill_orders"')
    others = ('-USD"', "mainOrderId", "amountPerOrder", "currentPrice", '"string"')
    return any(mark in told for mark in marks) and not any(mark in told for mark in others)


async def everything(tmp_path) -> dict:
    falling = [("60000", "60010", "59990", "60000")] * 2 + [("60000", "60000", "56000", "56000")]
    file = candles_file(tmp_path / "falling.csv", falling, volume="400")
    async with simulated(BTC, replay=file) as venue:
        venue.move(ticks=5)
        told = await over_sockets(venue)
        venue.exchange.treasury.fund(Decimal("0.0001"))
        return await over_rest(venue, told)


async def over_sockets(venue) -> dict:
    told: dict = {}
    async with venue.socket() as public, venue.socket(f"?listenKey={await venue.listen_key()}") as private:
        for name in ("trade", "ticker", "depth100", "kline_1m"):
            await public.ask(id=name, reqType="sub", dataType=f"BTC-USDT@{name}")
        await orders(venue, told)
        venue.move(ticks=5)
        await asyncio.sleep(0.6)
        market, account = await public.heard(), await private.heard()
    pushed = {frame["dataType"].partition("@")[2]: frame for frame in market if frame.get("dataType")}
    told["trade frame"], told["ticker frame"] = pushed["trade"], pushed["ticker"]
    told["depth frame"], told["kline frame"] = pushed["depth100"], pushed["kline_1m"]
    told["ticker pushed"] = pushed["ticker"]["data"]
    news = {frame["e"]: frame for frame in account if "e" in frame}
    told["order frame"], told["account frame"] = news["ORDER_TRADE_UPDATE"], news["ACCOUNT_UPDATE"]
    told["position pushed"] = news["ACCOUNT_UPDATE"]["a"]["P"][0]
    return told


async def orders(venue, told: dict) -> None:
    one = {"symbol": "BTC-USDT", "side": "BUY", "positionSide": "BOTH"}
    rests = {**one, "type": "LIMIT", "price": "30000", "quantity": "1"}
    told["placed"] = await venue.raw("POST", "swap/v2/trade/order", **one, type="MARKET", quantity="0.2")
    await venue.ok("POST", "swap/v2/trade/order", **rests, clientOrderId="goes")
    told["canceled"] = await venue.raw("DELETE", "swap/v2/trade/order", symbol="BTC-USDT", clientOrderId="goes")
    await venue.ok("POST", "swap/v2/trade/order", **rests)


ONE = {"symbol": "BTC-USDT"}
AT = {"startTs": 1, "endTs": 9_999_999_999_999, "tradingUnit": "COIN"}
PATHS = {
    "balance": ("swap/v3/user/balance", {}),
    "coins": ("wallets/v1/capital/config/getall", {}),
    "contracts": ("swap/v2/quote/contracts", {}),
    "depth": ("swap/v2/quote/depth", ONE),
    "fee": ("swap/v2/user/commissionRate", {}),
    "fills": ("swap/v2/trade/allFillOrders", {**ONE, **AT}),
    "income": ("swap/v2/user/income", {}),
    "klines": ("swap/v3/quote/klines", {**ONE, "interval": "1m"}),
    "leverage": ("swap/v2/trade/leverage", ONE),
    "margin type": ("swap/v2/trade/marginType", ONE),
    "open orders": ("swap/v2/trade/openOrders", {}),
    "past orders": ("swap/v2/trade/allOrders", ONE),
    "position mode": ("swap/v1/positionSide/dual", {}),
    "positions": ("swap/v2/user/positions", {}),
    "premium": ("swap/v2/quote/premiumIndex", ONE),
    "tiers": ("swap/v1/maintMarginRatio", ONE),
    "time": ("swap/v2/server/time", {}),
    "trades": ("swap/v2/quote/trades", ONE),
}
ROWS = {
    "coins row": ("coins", None),
    "fill row": ("fills", "fill_orders"),
    "income row": ("income", None),
    "kline row": ("klines", None),
    "order row": ("past orders", "orders"),
    "position row": ("positions", None),
    "trade row": ("trades", None),
}


async def over_rest(venue, told: dict) -> dict:
    told |= {name: await venue.raw("GET", path, **params) for name, (path, params) in PATHS.items()}
    assert all(told[name]["data"] for name in PATHS)
    for name, (answer, inside) in ROWS.items():
        rows = told[answer]["data"]
        told[name] = (rows[inside] if inside else rows)[0]
    told["leverage row"], told["premium row"] = told["leverage"]["data"], told["premium"]["data"]
    told["placed row"] = told["placed"]["data"]["order"]
    told["order"] = await venue.raw("GET", "swap/v2/trade/order", **ONE, orderId=told["placed row"]["orderId"])
    told["leverage set"] = await venue.raw("POST", "swap/v2/trade/leverage", **ONE, side="BOTH", leverage="20")
    told["all canceled"] = await venue.raw("DELETE", "swap/v2/trade/allOpenOrders", **ONE)
    return told
