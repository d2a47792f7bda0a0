"""The short spelling of frames that ``format: SIMPLE`` asks for."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import UNSET, Struct

SHORT: Mapping[str, str] = {
    # all
    "type": "ty",
    "code": "cd",
    "timestamp": "tms",
    "stream_type": "st",
    # ticker, trade, candle
    "opening_price": "op",
    "high_price": "hp",
    "low_price": "lp",
    "trade_price": "tp",
    "prev_closing_price": "pcp",
    "change": "c",
    "change_price": "cp",
    "signed_change_price": "scp",
    "change_rate": "cr",
    "signed_change_rate": "scr",
    "trade_volume": "tv",
    "acc_trade_volume": "atv",
    "acc_trade_volume_24h": "atv24h",
    "acc_trade_price": "atp",
    "acc_trade_price_24h": "atp24h",
    "trade_date": "td",
    "trade_time": "ttm",
    "trade_timestamp": "ttms",
    "ask_bid": "ab",
    "acc_ask_volume": "aav",
    "acc_bid_volume": "abv",
    "highest_52_week_price": "h52wp",
    "highest_52_week_date": "h52wdt",
    "lowest_52_week_price": "l52wp",
    "lowest_52_week_date": "l52wdt",
    "trade_status": "ts",
    "market_state": "ms",
    "market_state_for_ios": "msfi",
    "is_trading_suspended": "its",
    "delisting_date": "dd",
    "market_warning": "mw",
    "sequential_id": "sid",
    "best_ask_price": "bap",
    "best_ask_size": "bas",
    "best_bid_price": "bbp",
    "best_bid_size": "bbs",
    "candle_date_time_utc": "cdttmu",
    "candle_date_time_kst": "cdttmk",
    "candle_acc_trade_volume": "catv",
    "candle_acc_trade_price": "catp",
    # orderbook
    "total_ask_size": "tas",
    "total_bid_size": "tbs",
    "orderbook_units": "obu",
    "ask_price": "ap",
    "bid_price": "bp",
    "ask_size": "as",
    "bid_size": "bs",
    "level": "lv",
    # myAsset
    "assets": "ast",
    "currency": "cu",
    "balance": "b",
    "asset_timestamp": "asttms",
}
TICKER_SHORT = {"trade_date": "tdt"}  # the one name that differs between types


def shorten(value: object, names: Mapping[str, str]) -> object:
    """What is UNSET stays away."""
    if isinstance(value, Struct):
        spelt = {**names, **TICKER_SHORT} if getattr(value, "type", "") == "ticker" else names
        fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {spelt[name]: shorten(each, names) for name, each in fields if each is not UNSET}
    if isinstance(value, tuple):
        return tuple(shorten(each, names) for each in value)
    return value
