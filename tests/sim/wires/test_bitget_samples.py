"""Every key of the venue's own samples of perpetuals, with its JSON type, is in the answer here."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from sim.wires import samples
from sim.wires.bitget_kit import BTC, ONE, candles_file, simulated
from sim.wires.samples import problems, quoted

SAMPLES = samples.SAMPLES / "bitget"
REST, PUSHED = "ccxt_comment_samples/bitget.json", "ccxt_comment_samples/pro_bitget.json"
BOOKS = "hummingbot_fixtures/test_bitget_perpetual_order_book_data_source.json"
USERS = "hummingbot_fixtures/test_bitget_perpetual_user_stream_data_source.json"
TIMES = "hummingbot_fixtures/test_bitget_perpetual_web_utils.json"

TEXT = {"code": "a number in what ccxt quotes of the venue"}
SYMBOL_TYPE = {"symbolType": "text in what ccxt quotes of the venue"}

TABLE = {
    f"{REST}:2123": ("time", {}),
    f"{REST}:2234": ("contract", {}),
    f"{REST}:3577": ("ticker row", {}),
    f"{REST}:3751": ("ticker", {}),
    f"{REST}:3967": ("tickers", {}),
    f"{REST}:4059": ("trade", {}),
    f"{REST}:4114": ("fill", {}),
    f"{REST}:4321": ("trades", {}),
    f"{REST}:4385": ("fee", {}),
    f"{REST}:4408": ("fee", {}),
    f"{REST}:4532": ("contracts", {}),
    f"{REST}:4598": ("candle", {}),
    f"{REST}:4795": ("candle rows", {}),
    f"{REST}:4921": ("accounts", {}),
    f"{REST}:5051": ("account row", {}),
    f"{REST}:5136": ("placed row", {}),
    f"{REST}:5158": ("placed row", {}),
    f"{REST}:5589": ("placed", {}),
    f"{REST}:6257": ("changed", {}),
    f"{REST}:6375": ("canceled", {}),
    f"{REST}:6387": ("plan canceled", {}),
    f"{REST}:6743": ("order", {}),
    f"{REST}:7050": ("open orders", {}),
    f"{REST}:7098": ("plan", {}),
    f"{REST}:7484": ("past orders", {}),
    f"{REST}:7526": ("past plans", {}),
    f"{REST}:8306": ("fills", {}),
    f"{REST}:8454": ("single position", {}),
    f"{REST}:8561": ("positions", {}),
    f"{REST}:8675": ("position", {}),
    f"{REST}:8729": ("position", {}),
    f"{REST}:9018": ("funding rate", {}),
    f"{REST}:9041": ("funding rate", {}),
    f"{REST}:9060": ("funding time", {}),
    f"{REST}:9190": ("funding rate row", {}),
    f"{REST}:9201": ("funding time row", {}),
    f"{REST}:9343": ("bills", {}),
    f"{REST}:9372": ("bill", {}),
    f"{REST}:9535": ("account", {}),
    f"{REST}:9633": ("leverage", {}),
    f"{REST}:9679": ("margin mode", {}),
    f"{REST}:9736": ("position mode", {}),
    f"{REST}:10980": ("account", {}),
    f"{REST}:11544": ("refused", {}),
    f"{PUSHED}:317": ("ticker frame", {}),
    f"{PUSHED}:1153": ("trade pushed", {}),
    f"{PUSHED}:1162": ("fill row", {}),
    f"{PUSHED}:1344": ("position pushed", {}),
    f"{PUSHED}:1649": ("orders", {}),
    f"{PUSHED}:2125": ("fill frame", {}),
    f"{PUSHED}:2306": ("account frame", {}),
    f"{BOOKS}:106": ("book", {}),
    f"{BOOKS}:143": ("books frame", {}),
    f"{BOOKS}:174": ("ticker frame", SYMBOL_TYPE),
    f"{BOOKS}:264": ("trade frame", {}),
    f"{USERS}:104": ("login", {**TEXT, "msg": "ccxt quotes a login without one"}),
    f"{USERS}:116": ("error", TEXT),
    f"{USERS}:129": ("subscribed", {}),
    f"{TIMES}:21": ("time", {}),
}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the venue's samples are not beside the project")


async def test_every_key_of_the_samples_is_in_our_answers_with_its_type(tmp_path):
    assert problems("bitget", TABLE, await everything(tmp_path)) == []


def test_every_sample_of_a_perpetual_in_usdt_is_in_the_table():
    """What has one of their own fields is of them; what names a category is of a unified account."""
    found = quoted("bitget", (REST, PUSHED), is_of_perpetuals)
    assert len(found) > 25
    assert found - TABLE.keys() == NOT_SERVED.keys()


NOT_SERVED = {
    f"{REST}:5199": "of spot",
    f"{REST}:6987": "of spot",
    f"{REST}:7421": "of spot",
    f"{REST}:8592": "past positions are not kept",
    f"{REST}:8753": "past positions are not kept",
    f"{PUSHED}:1467": "of a unified account",
}


def is_of_perpetuals(told: str) -> bool:
    marks = ('"posMode"', '"planType"', '"symbolType"', '"marginCoin"', '"USDT-FUTURES"', '"holdSide"')
    return any(mark in told for mark in marks) and not any(mark in told for mark in ('"category"', '"op"', '"UTA"'))


async def everything(tmp_path) -> dict:
    falling = [("60000", "60010", "59990", "60000")] * 2 + [("60000", "60000", "56000", "56000")]
    file = candles_file(tmp_path / "falling.csv", falling, volume="400")
    async with simulated(BTC, replay=file) as venue:
        venue.move(ticks=5)
        told = await over_sockets(venue)
        venue.exchange.treasury.fund(Decimal("0.0001"))
        return await over_rest(venue, told)


async def over_sockets(venue) -> dict:
    told = {}
    async with venue.socket("public") as public, venue.socket("private") as private:
        told["error"] = await public.ask("subscribe", {"instType": "USDT-FUTURES", "channel": "nonsense"})
        told["login"] = await private.ask("login", venue.login())
        for channel in ("trade", "ticker", "books5"):
            await public.ask("subscribe", {"instType": "USDT-FUTURES", "channel": channel, "instId": "BTCUSDT"})
        told["subscribed"] = await private.answer(
            "subscribe", {"instType": "USDT-FUTURES", "channel": "account", "coin": "default"}
        )
        for channel in ("orders", "fill", "positions"):
            await private.ask("subscribe", {"instType": "USDT-FUTURES", "channel": channel, "instId": "default"})
        await orders(venue, told)
        venue.move(ticks=5)
        await asyncio.sleep(0.35)
        seen = [*await public.heard(), *await private.heard()]
    pushed = {frame["arg"]["channel"]: frame for frame in seen if frame != "pong" and "data" in frame}
    told["orders"], told["account frame"], told["fill frame"] = (pushed[name] for name in ("orders", "account", "fill"))
    told["fill row"], told["ticker frame"] = pushed["fill"]["data"][0], pushed["ticker"]
    told["trade frame"], told["books frame"] = pushed["trade"], pushed["books5"]
    told["position pushed"] = pushed["positions"]["data"][0]
    told["trade pushed"] = pushed["trade"]["data"][0]
    return told


async def orders(venue, told: dict) -> None:
    """An order that fills, one that is changed, one that is canceled, and a stop that is."""
    one = {**ONE, "marginCoin": "USDT", "marginMode": "crossed", "side": "buy", "orderType": "limit"}
    rests = {**one, "price": "30000", "size": "1"}
    _, told["placed"] = await venue.raw("POST", "mix/order/place-order", {**one, "orderType": "market", "size": "0.2"})
    await venue.raw("POST", "mix/order/place-order", {**rests, "clientOid": "rests"})
    changed = {**ONE, "clientOid": "rests", "newClientOid": "rests2", "newSize": "2", "newPrice": "30000"}
    _, told["changed"] = await venue.raw("POST", "mix/order/modify-order", changed)
    await venue.raw("POST", "mix/order/place-order", {**rests, "clientOid": "goes"})
    _, told["canceled"] = await venue.raw("POST", "mix/order/cancel-order", {**ONE, "clientOid": "goes"})
    _, told["refused"] = await venue.raw("POST", "mix/order/place-order", {**rests, "size": "0.00001"})
    trigger = {**one, "side": "sell", "orderType": "market", "size": "0.1", "triggerType": "fill_price"}
    normal = {**trigger, "planType": "normal_plan", "triggerPrice": "40000", "clientOid": "plan1"}
    await venue.raw("POST", "mix/order/place-plan-order", normal)
    ids = {"orderIdList": [{"clientOid": "plan1"}]}
    _, told["plan canceled"] = await venue.raw("POST", "mix/order/cancel-plan-order", {**ONE, **ids})
    assert told["plan canceled"]["data"]["successList"]
    await venue.raw("POST", "mix/order/place-plan-order", {**normal, "clientOid": "plan2"})


USDT = {"productType": "USDT-FUTURES"}
PATHS = {
    "account": ("mix/account/account", {**ONE, "marginCoin": "USDT"}),
    "accounts": ("mix/account/accounts", USDT),
    "bills": ("mix/account/bill", USDT),
    "book": ("mix/market/merge-depth", ONE),
    "candles": ("mix/market/candles", {**ONE, "granularity": "1m"}),
    "contracts": ("mix/market/contracts", USDT),
    "fee": ("common/trade-rate", {"symbol": "BTCUSDT", "businessType": "mix"}),
    "fills": ("mix/order/fills", USDT),
    "funding rate": ("mix/market/current-fund-rate", ONE),
    "funding time": ("mix/market/funding-time", ONE),
    "open orders": ("mix/order/orders-pending", USDT),
    "past orders": ("mix/order/orders-history", USDT),
    "past plans": ("mix/order/orders-plan-history", {**USDT, "planType": "normal_plan"}),
    "plans": ("mix/order/orders-plan-pending", {**USDT, "planType": "normal_plan"}),
    "positions": ("mix/position/all-position", {**USDT, "marginCoin": "USDT"}),
    "single position": ("mix/position/single-position", {**ONE, "marginCoin": "USDT"}),
    "ticker": ("mix/market/ticker", ONE),
    "tickers": ("mix/market/tickers", USDT),
    "time": ("public/time", {}),
    "trades": ("mix/market/fills-history", ONE),
}
ROWS = {
    "account row": ("accounts", None),
    "bill": ("bills", "bills"),
    "candle": ("candles", None),
    "contract": ("contracts", None),
    "fill": ("fills", "fillList"),
    "funding rate row": ("funding rate", None),
    "funding time row": ("funding time", None),
    "plan": ("plans", "entrustedList"),
    "position": ("positions", None),
    "ticker row": ("ticker", None),
    "trade": ("trades", None),
}


async def over_rest(venue, told: dict) -> dict:
    told |= {name: await venue.get(path, **params) for name, (path, params) in PATHS.items()}
    assert all(told[name]["data"] for name in PATHS)
    for name, (answer, inside) in ROWS.items():
        rows = told[answer]["data"]
        told[name] = (rows[inside] if inside else rows)[0]
    told["candle rows"], told["placed row"] = told["candles"]["data"], told["placed"]["data"]
    number = told["placed"]["data"]["orderId"]
    told["order"] = await venue.get("mix/order/detail", **ONE, orderId=number)
    settings = {**ONE, "marginCoin": "USDT"}
    for name, path, body in (
        ("leverage", "set-leverage", {**settings, "leverage": "20"}),
        ("margin mode", "set-margin-mode", {**settings, "marginMode": "crossed"}),
        ("position mode", "set-position-mode", {**USDT, "posMode": "one_way_mode"}),
    ):
        _, told[name] = await venue.raw("POST", f"mix/account/{path}", body)
    return told
