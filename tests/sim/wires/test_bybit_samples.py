"""Every key of the venue's own samples of linear perpetuals, with its JSON type, is in the answer here."""

from __future__ import annotations

import asyncio

import pytest
from sim.wires import samples
from sim.wires.bybit_kit import ONE, PRIVATE, PUBLIC, simulated
from sim.wires.kit import BTC
from sim.wires.samples import problems

SAMPLES = samples.SAMPLES / "bybit"


TABLE = {
    "nautilus/http_get_account_info.json": ("account info", {}),
    "nautilus/http_get_executions.json": ("executions", {}),
    "nautilus/http_get_fee_rate.json": ("fee rate", {}),
    "nautilus/http_get_instruments_linear.json": ("instruments", {}),
    "nautilus/http_get_instruments_linear_symbol_type.json": ("instruments", {}),
    "nautilus/http_get_klines_linear.json": ("klines", {}),
    "nautilus/http_get_order_partially_filled_rejected.json": ("past orders", {}),
    "nautilus/http_get_orderbook.json": ("book", {}),
    "nautilus/http_get_orders_history.json": ("past orders", {}),
    "nautilus/http_get_orders_history_with_duplicate.json": ("past orders", {}),
    "nautilus/http_get_orders_realtime.json": ("open orders", {}),
    "nautilus/http_get_orders_realtime_tp_sl.json": ("open orders", {}),
    "nautilus/http_get_positions.json": ("positions", {}),
    "nautilus/http_get_positions_with_open_time.json": ("positions", {}),
    "nautilus/http_get_trades_recent.json": ("trades", {}),
    "nautilus/http_get_user_query_api.json": ("key", {"ips": "one address is enough here"}),
    "nautilus/http_get_wallet_balance.json": ("wallet", {}),
    "nautilus/ws_account_execution.json": ("execution", {}),
    "nautilus/ws_account_execution_adl.json": ("execution", {}),
    "nautilus/ws_account_order_buy_stop_market.json": ("stop", {}),
    "nautilus/ws_account_order_filled.json": ("order", {}),
    "nautilus/ws_account_order_limit_if_touched.json": ("stop", {}),
    "nautilus/ws_account_order_partially_filled_rejected.json": ("order", {}),
    "nautilus/ws_account_order_sell_market_if_touched.json": ("stop", {}),
    "nautilus/ws_account_order_stop_limit.json": ("stop", {}),
    "nautilus/ws_account_order_stop_loss.json": ("stop", {}),
    "nautilus/ws_account_position_short.json": ("position", {}),
    "nautilus/ws_account_position_with_open_time.json": ("position row", {}),
    "nautilus/ws_kline.json": ("kline", {}),
    "nautilus/ws_orderbook_delta.json": ("book delta", {}),
    "nautilus/ws_orderbook_snapshot.json": ("book snapshot", {}),
    "nautilus/ws_subscription_ack.json": ("ack", {}),
    "nautilus/ws_ticker_linear.json": ("ticker snapshot", {}),
    "ccxt_comment_samples/bybit.json:1558": ("account info", {}),
    "ccxt_comment_samples/bybit.json:1791": (
        "time",
        dict.fromkeys(("retCode", "time"), "ccxt shows these numbers as text"),
    ),
    "ccxt_comment_samples/bybit.json:1819": ("coins", {}),
    "ccxt_comment_samples/bybit.json:2116": ("instruments", {}),
    "ccxt_comment_samples/bybit.json:2435": ("ticker", {}),
    "ccxt_comment_samples/bybit.json:2558": ("tickers", {}),
    "ccxt_comment_samples/bybit.json:2807": ("klines", {}),
    "ccxt_comment_samples/bybit.json:3074": ("trade", {}),
    "ccxt_comment_samples/bybit.json:3182": ("execution row", {}),
    "ccxt_comment_samples/bybit.json:3326": ("trades", {}),
    "ccxt_comment_samples/bybit.json:3388": ("book", {}),
    "ccxt_comment_samples/bybit.json:3477": ("wallet", {}),
    "ccxt_comment_samples/bybit.json:3814": ("past order", {}),
    "ccxt_comment_samples/bybit.json:4092": ("placed", {}),
    "ccxt_comment_samples/bybit.json:4550": ("placed", {}),
    "ccxt_comment_samples/bybit.json:4695": ("canceled", {}),
    "ccxt_comment_samples/bybit.json:4951": ("all canceled", {}),
    "ccxt_comment_samples/bybit.json:5047": ("past orders", {}),
    "ccxt_comment_samples/bybit.json:5320": ("past orders", {}),
    "ccxt_comment_samples/bybit.json:5608": ("executions", {}),
    "ccxt_comment_samples/bybit.json:6075": ("log", {}),
    "ccxt_comment_samples/bybit.json:6166": ("log row", {}),
    "ccxt_comment_samples/bybit.json:6331": ("positions", {}),
    "ccxt_comment_samples/bybit.json:6566": ("position over REST", {}),
    "ccxt_comment_samples/bybit.json:6921": ("leverage", {}),
    "ccxt_comment_samples/bybit.json:7589": ("risk limit", {}),
    "ccxt_comment_samples/bybit.json:7671": ("fee rate", {}),
    "ccxt_comment_samples/bybit.json:9421": ("account info", {}),
    "ccxt_comment_samples/pro_bybit.json:472": ("ticker snapshot", {}),
    "ccxt_comment_samples/pro_bybit.json:570": ("ticker delta", {}),
    "ccxt_comment_samples/pro_bybit.json:766": ("kline", {}),
    "ccxt_comment_samples/pro_bybit.json:818": ("kline row", {}),
    "ccxt_comment_samples/pro_bybit.json:953": ("book snapshot", {}),
    "ccxt_comment_samples/pro_bybit.json:1122": ("publicTrade", {}),
    "ccxt_comment_samples/pro_bybit.json:1339": ("execution", {}),
    "ccxt_comment_samples/pro_bybit.json:1861": ("order", {}),
    "ccxt_comment_samples/pro_bybit.json:2008": ("wallet frame", {}),
    "ccxt_comment_samples/pro_bybit.json:2487": ("pong", {}),
    "ccxt_comment_samples/pro_bybit.json:2513": ("auth", {}),
    "ccxt_comment_samples/pro_bybit.json:2552": ("unsubscribed", {}),
}

NOT_SERVED = {
    "inverse": "linear perpetuals only",
    "option": "linear perpetuals only",
    "spot": "linear perpetuals only",
    "sub_": "one account has no members",
    "escrow": "one account has no members",
    "post_user": "keys are made by the simulation",
    "execution_fast": "the shorter twin of the execution topic",
    "ws_order_response": "orders go over REST",
    "funding_history": "past funding rates are not kept",
}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the venue's samples are not beside the project")


def test_every_capture_is_in_the_table_or_named_as_not_served():
    files = [file.relative_to(SAMPLES) for file in SAMPLES.glob("nautilus/*.json")]
    assert len(files) > 40
    assert [
        file.name for file in files if str(file) not in TABLE and not any(part in file.name for part in NOT_SERVED)
    ] == []


async def test_every_key_of_the_samples_is_in_our_answers_with_its_type():
    assert problems("bybit", TABLE, await everything()) == []


async def everything() -> dict:
    async with simulated(BTC) as venue:
        await venue.client.load_markets()
        venue.move(ticks=5)
        return {**await over_streams(venue), **await over_rest(venue)}


async def over_streams(venue) -> dict:
    """An order that fills, a stop, and what the market says meanwhile."""
    client, told = venue.client, {}
    names = ("kline.1", "publicTrade", "tickers", "orderbook.50")
    async with venue.socket(PUBLIC) as market, venue.socket(PRIVATE) as account:
        told["auth"] = await account.log_in()
        await account.ask("subscribe", "order", "execution", "position", "wallet")
        told["ack"] = await market.ask("subscribe", *(f"{name}.BTCUSDT" for name in names), req_id="1")
        venue.move()
        await client.create_order(BTC, "market", "buy", 0.5)
        stop = {"triggerPrice": float(venue.last()) * 0.9, "triggerDirection": "descending", "clientOrderId": "stop"}
        await client.create_order(BTC, "market", "sell", 0.5, params=stop)
        await asyncio.sleep(0.15)
        venue.move(ticks=30)
        await asyncio.sleep(0.15)
        public, private = await market.heard(), await account.heard()
        told["unsubscribed"] = await market.ask("unsubscribe", "publicTrade.BTCUSDT", req_id="3")
        told["pong"] = await account.ask("ping", req_id="2")
    for frame in public:
        kinds = {"tickers": f"ticker {frame['type']}", "orderbook": f"book {frame['type']}"}
        name = frame["topic"].partition(".")[0]
        told[kinds.get(name, name)] = frame
    for frame in private:
        waits = frame["data"][0].get("orderStatus") == "Untriggered"
        told["stop" if waits else {"wallet": "wallet frame"}.get(frame["topic"], frame["topic"])] = frame
    rows = {"kline row": "kline", "execution row": "execution", "position row": "position"}
    return told | {name: told[frame]["data"][0] for name, frame in rows.items()}


async def over_rest(venue) -> dict:
    """As the venue words it, with its envelope."""
    public = {
        "book": "market/orderbook", "klines": "market/kline", "tickers": "market/tickers",
        "trades": "market/recent-trade",
        "instruments": "market/instruments-info", "risk limits": "market/risk-limit", "time": "market/time",
    }  # fmt: skip
    private = {
        "account info": "account/info", "coins": "asset/coin/query-info", "executions": "execution/list",
        "fee rate": "account/fee-rate", "key": "user/query-api", "log": "account/transaction-log",
        "open orders": "order/realtime", "past orders": "order/history", "positions": "position/list",
        "wallet": "account/wallet-balance",
    }  # fmt: skip
    order = {**ONE, "side": "Buy", "orderType": "Limit", "qty": "0.1", "price": "50000", "orderLinkId": "rests"}
    answers = {"placed": (await venue.raw("POST", "/v5/order/create", order))[1]}
    cancel = {**ONE, "orderLinkId": "rests"}
    answers["open orders"] = (await venue.raw("GET", "/v5/order/realtime", ONE))[1]
    answers["canceled"] = (await venue.raw("POST", "/v5/order/cancel", cancel))[1]
    leverage = {**ONE, "buyLeverage": "7", "sellLeverage": "7"}
    answers["leverage"] = (await venue.raw("POST", "/v5/position/set-leverage", leverage))[1]
    await venue.client.create_order(BTC, "market", "buy", 0.1)
    for name, path in {**public, **private}.items():
        params = {**ONE, "interval": "1", "accountType": "UNIFIED", "currency": "USDT"}
        status, answer, _ = await venue.raw("GET", f"/v5/{path}", params)
        assert (status, answer["retCode"]) == (200, 0), answer
        answers.setdefault(name, answer)
    answers["all canceled"] = (await venue.raw("POST", "/v5/order/cancel-all", ONE))[1]
    rows = {
        "ticker": "tickers", "trade": "trades", "past order": "past orders", "log row": "log",
        "position over REST": "positions", "risk limit": "risk limits",
    }  # fmt: skip
    return answers | {name: answers[answer]["result"]["list"][0] for name, answer in rows.items()}
