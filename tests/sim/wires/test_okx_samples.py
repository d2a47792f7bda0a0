"""Every key of the venue's own samples of linear perpetuals, with its JSON type, is in the answer here."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from sim.wires import samples
from sim.wires.kit import BTC, candles_file
from sim.wires.okx_kit import SWAP, simulated
from sim.wires.samples import problems

SAMPLES = samples.SAMPLES / "okx"

OF_OLD = "the venue has renamed it since"

TABLE = {
    "nautilus/http_balance_detail_new_fields.json": ("balance detail", {}),
    "nautilus/http_balance_detail_old_fields.json": (
        "balance detail",
        dict.fromkeys(("clSpotInUse", "maxSpotInUse", "spotInUse"), OF_OLD),
    ),
    "nautilus/http_cancel_algo_order_response.json": ("algo canceled", {}),
    "nautilus/http_get_account_balance.json": ("balance", {}),
    "nautilus/http_get_candlesticks.json": ("candles", {}),
    "nautilus/http_get_candlesticks_full.json": ("candles", {}),
    "nautilus/http_get_instruments_swap.json": ("instruments", {}),
    "nautilus/http_get_mark_price.json": ("mark price", {}),
    "nautilus/http_get_order_book.json": ("book", {}),
    "nautilus/http_get_orders_algo_history.json": ("past algo", {}),
    "nautilus/http_get_orders_algo_pending.json": ("algo", {}),
    "nautilus/http_get_orders_algo_pending_close_fraction.json": ("algo", {}),
    "nautilus/http_get_orders_history.json": ("past orders", {}),
    "nautilus/http_get_orders_pending.json": ("open orders", {}),
    "nautilus/http_get_positions.json": ("positions", {}),
    "nautilus/http_get_trade_fee_response.json": ("fee", {}),
    "nautilus/http_get_trades.json": ("trades", {}),
    "nautilus/http_place_algo_order_rejected.json": ("algo placed", {}),
    "nautilus/http_place_algo_order_response.json": ("algo placed", {}),
    "nautilus/http_place_order_response.json": ("placed row", {}),
    "nautilus/http_set_position_mode_response.json": ("position mode", {}),
    "nautilus/http_transaction_detail.json": ("fill", {}),
    "nautilus/http_transaction_detail_empty_fee.json": ("fill", {}),
    "nautilus/ws_account.json": ("account", {}),
    "nautilus/ws_books_snapshot.json": ("books snapshot", {}),
    "nautilus/ws_funding_rate.json": ("funding-rate", {}),
    "nautilus/ws_orders.json": ("orders", {}),
    "nautilus/ws_orders_algo.json": ("orders-algo", {}),
    "nautilus/ws_orders_fok.json": ("orders", {}),
    "nautilus/ws_orders_optimal_limit_ioc.json": ("orders", {}),
    "nautilus/ws_orders_trigger.json": ("orders", {}),
    "ccxt_comment_samples/okx.json:1678": ("time", {}),
    "ccxt_comment_samples/okx.json:1701": ("config", {"settleCcyList": "everything settles in one asset here"}),
    "ccxt_comment_samples/okx.json:1811": ("instrument", {}),
    "ccxt_comment_samples/okx.json:2038": ("no key", {}),
    "ccxt_comment_samples/okx.json:2186": ("book", {}),
    "ccxt_comment_samples/okx.json:2217": ("ticker row", {}),
    "ccxt_comment_samples/okx.json:2305": ("ticker", {}),
    "ccxt_comment_samples/okx.json:2361": ("ticker", {}),
    "ccxt_comment_samples/okx.json:2407": ("mark price", {}),
    "ccxt_comment_samples/okx.json:2456": ("trade", {}),
    "ccxt_comment_samples/okx.json:2484": ("fill", {}),
    "ccxt_comment_samples/okx.json:2579": ("trades", {}),
    "ccxt_comment_samples/okx.json:2732": ("candles", {}),
    "ccxt_comment_samples/okx.json:2862": ("fee row", {}),
    "ccxt_comment_samples/okx.json:2954": ("balance", {}),
    "ccxt_comment_samples/okx.json:3343": ("algo refused", {}),
    "ccxt_comment_samples/okx.json:3479": ("placed", {}),
    "ccxt_comment_samples/okx.json:3630": ("amended", {}),
    "ccxt_comment_samples/okx.json:3685": ("amended", {}),
    "ccxt_comment_samples/okx.json:3743": ("canceled", {}),
    "ccxt_comment_samples/okx.json:3826": ("canceled", {}),
    "ccxt_comment_samples/okx.json:3842": ("algo canceled", {}),
    "ccxt_comment_samples/okx.json:4011": ("open order", {}),
    "ccxt_comment_samples/okx.json:4126": ("algo row", {}),
    "ccxt_comment_samples/okx.json:4325": ("open orders", {}),
    "ccxt_comment_samples/okx.json:4367": ("past algo", {}),
    "ccxt_comment_samples/okx.json:4526": ("algo", {}),
    "ccxt_comment_samples/okx.json:4655": ("past orders", {}),
    "ccxt_comment_samples/okx.json:4702": ("past algo", {}),
    "ccxt_comment_samples/okx.json:4836": ("past orders", {}),
    "ccxt_comment_samples/okx.json:4879": ("past algo", {}),
    "ccxt_comment_samples/okx.json:4974": ("fills", {}),
    "ccxt_comment_samples/okx.json:5089": ("bills", {}),
    "ccxt_comment_samples/okx.json:5848": ("leverage", {}),
    "ccxt_comment_samples/okx.json:5913": ("positions", {}),
    "ccxt_comment_samples/okx.json:6066": ("position", {}),
    "ccxt_comment_samples/okx.json:6546": ("funding", {}),
    "ccxt_comment_samples/okx.json:6820": ("bill", {}),
    "ccxt_comment_samples/okx.json:6910": ("leverage", {}),
    "ccxt_comment_samples/okx.json:6978": ("position mode", {}),
    "ccxt_comment_samples/okx.json:8991": ("refused", {}),
    "ccxt_comment_samples/pro_okx.json:291": ("trades row", {}),
    "ccxt_comment_samples/pro_okx.json:301": ("trades frame", {}),
    "ccxt_comment_samples/pro_okx.json:553": ("tickers row", {}),
    "ccxt_comment_samples/pro_okx.json:663": ("bbo-tbt", {}),
    "ccxt_comment_samples/pro_okx.json:852": (
        "balance_and_position",
        {"uTIme": "a slip of the sample: uTime is there"},
    ),
    "ccxt_comment_samples/pro_okx.json:1109": ("candle row", {}),
    "ccxt_comment_samples/pro_okx.json:1911": ("orders", {}),
    "ccxt_comment_samples/pro_okx.json:2548": ("unsubscribed", {}),
}

NOT_SERVED = {
    "common_": "no answer of the venue",
    "futures": "linear perpetuals only",
    "margin": "linear perpetuals only",
    "option": "linear perpetuals only",
    "opt_summary": "linear perpetuals only",
    "spot": "linear perpetuals only",
    "spread": "linear perpetuals only",
    "oco": "one price an algo order",
    "with_attached": "stops are orders of their own here",
    "positions-history": "past positions are not kept",
    "funding_rate_history": "past funding rates are not kept",
    "index_price": "no index of other venues",
    "position_tiers": "one tier a market",
    "ws_instruments": "the list of instruments does not change",
}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the venue's samples are not beside the project")


def test_every_capture_is_in_the_table_or_named_as_not_served():
    files = [file.relative_to(SAMPLES) for file in SAMPLES.glob("nautilus/*.json")]
    assert len(files) > 40
    strange = [file for file in files if str(file) not in TABLE and not any(part in file.name for part in NOT_SERVED)]
    assert strange == []


async def test_every_key_of_the_samples_is_in_our_answers_with_its_type(tmp_path):
    assert problems("okx", TABLE, await everything(tmp_path)) == []


async def everything(tmp_path) -> dict:
    falling = [("60000", "60010", "59990", "60000")] * 2 + [("60000", "60000", "56000", "56000")]
    file = candles_file(tmp_path / "falling.csv", falling, volume="400")
    async with simulated(BTC, replay=file) as venue:
        venue.move(ticks=5)
        frames = await over_sockets(venue)
        venue.exchange.treasury.fund(Decimal("0.0001"))
        return await over_rest(venue, frames)


async def over_sockets(venue) -> dict:
    """An order that fills, one that rests, a stop that fires, and what the market says meanwhile."""
    told = {}
    channels = ("trades", "tickers", "bbo-tbt", "books", "funding-rate", "mark-price")
    async with (
        venue.socket("public") as public,
        venue.socket("private", login=True) as private,
        venue.socket("business", login=True) as business,
    ):
        for channel in channels:
            await public.ask("subscribe", {"channel": channel, "instId": SWAP})
        told["unsubscribed"] = await public.answer("unsubscribe", {"channel": "mark-price", "instId": SWAP})
        for channel in ("orders", "account", "positions", "balance_and_position"):
            await private.ask("subscribe", {"channel": channel, "instType": "SWAP"})
        for channel in ("orders-algo", "candle1m"):
            await business.ask("subscribe", {"channel": channel, "instType": "SWAP", "instId": SWAP})
        told |= await trading(venue)
        venue.move(lambda tick: tick.price < 58_000)
        await asyncio.sleep(0.2)
        for frames in (public, private, business):
            for frame in await frames.heard():
                if "data" in frame:
                    name = frame["arg"]["channel"]
                    told[f"{name} {frame['action']}" if "action" in frame else name] = frame
    told |= {f"{name} row": told[name]["data"][0] for name in ("trades", "tickers")}
    return told | {"trades frame": told["trades"], "candle row": told["candle1m"]["data"][0]}


async def trading(venue) -> dict:
    one = {"instId": SWAP, "tdMode": "cross"}
    stop = {**one, "side": "sell", "ordType": "conditional", "sz": "10", "slOrdPx": "-1", "reduceOnly": True}
    told = {}
    _, told["placed"] = await venue.raw("POST", "trade/order", {**one, "side": "buy", "ordType": "market", "sz": "20"})
    resting = {**one, "side": "buy", "ordType": "limit", "px": "30000", "sz": "1", "clOrdId": "rests"}
    await venue.raw("POST", "trade/order", resting)
    _, told["amended"] = await venue.raw(
        "POST", "trade/amend-order", {"instId": SWAP, "clOrdId": "rests", "newSz": "2"}
    )
    await venue.raw("POST", "trade/order", {**resting, "clOrdId": "goes"})
    _, told["canceled"] = await venue.raw("POST", "trade/cancel-order", {"instId": SWAP, "clOrdId": "goes"})
    _, told["refused"] = await venue.raw("POST", "trade/order", {**resting, "sz": "0.001", "clOrdId": ""})
    _, told["algo placed"] = await venue.raw("POST", "trade/order-algo", {**stop, "slTriggerPx": "58500"})
    _, placed = await venue.raw("POST", "trade/order-algo", {**stop, "slTriggerPx": "40000"})
    canceled = [{"instId": SWAP, "algoId": placed["data"][0]["algoId"]}]
    _, told["algo canceled"] = await venue.raw("POST", "trade/cancel-algos", canceled)
    await venue.raw("POST", "trade/order-algo", {**stop, "slTriggerPx": "41000"})
    _, told["algo refused"] = await venue.raw("POST", "trade/order-algo", {**stop, "slTriggerPx": "90000"})
    return told


PATHS = {
    "balance": ("account/balance", {}),
    "bills": ("account/bills", {}),
    "book": ("market/books", {"instId": SWAP, "sz": 5}),
    "candles": ("market/candles", {"instId": SWAP}),
    "config": ("account/config", {}),
    "fee": ("account/trade-fee", {"instType": "SWAP"}),
    "fills": ("trade/fills", {"instType": "SWAP"}),
    "funding rate": ("public/funding-rate", {"instId": SWAP}),
    "instruments": ("public/instruments", {"instType": "SWAP"}),
    "leverage": ("account/leverage-info", {"instId": SWAP, "mgnMode": "cross"}),
    "mark price": ("public/mark-price", {"instType": "SWAP"}),
    "open orders": ("trade/orders-pending", {}),
    "algo": ("trade/orders-algo-pending", {"ordType": "conditional"}),
    "past algo": ("trade/orders-algo-history", {"ordType": "conditional", "state": "effective"}),
    "past orders": ("trade/orders-history", {"instType": "SWAP"}),
    "positions": ("account/positions", {}),
    "ticker": ("market/ticker", {"instId": SWAP}),
    "time": ("public/time", {}),
    "trades": ("market/trades", {"instId": SWAP}),
}
ROWS = {
    "balance detail": ("balance", "details"),
    "bill": ("bills", None),
    "fee row": ("fee", None),
    "fill": ("fills", None),
    "funding": ("funding rate", None),
    "instrument": ("instruments", None),
    "open order": ("open orders", None),
    "algo row": ("algo", None),
    "placed row": ("placed", None),
    "position": ("positions", None),
    "ticker row": ("ticker", None),
    "trade": ("trades", None),
}


async def over_rest(venue, told: dict) -> dict:
    told |= {name: (await venue.raw("GET", path, **params))[1] for name, (path, params) in PATHS.items()}
    _, told["position mode"] = await venue.raw("POST", "account/set-position-mode", {"posMode": "net_mode"})
    _, told["no key"] = await venue.send("GET", "/api/v5/account/balance", "", {})
    assert all(told[name]["data"] for name in PATHS)
    for name, (answer, inside) in ROWS.items():
        row = told[answer]["data"][0]
        told[name] = row[inside][0] if inside else row
    return told
