"""Public market data over REST."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Book, Candle, Side
from twinstar.sim.wires.intervals import DAY_MS, HOUR_MS, MINUTE_MS, candles, steady, week
from twinstar.sim.wires.lighter.deals import CROWD, crowd_order, tick_view
from twinstar.sim.wires.lighter.desk import Call, Desk, Json, Route
from twinstar.sim.wires.lighter.errors import BAD_CANDLE_RANGE, BAD_CANDLES, ApiError, wrong
from twinstar.sim.wires.lighter.markets import QUOTE, QUOTE_DECIMALS, QUOTE_ID, Market
from twinstar.sim.wires.spelling import places

RESOLUTIONS = {
    interval.name: interval
    for interval in (
        *(steady(f"{minutes}m", minutes * MINUTE_MS) for minutes in (1, 5, 15, 30)),
        *(steady(f"{hours}h", hours * HOUR_MS) for hours in (1, 4, 12)),
        steady("1d", DAY_MS),
        week("1w"),
    )
}
MOST_CANDLES = 500
FILTERS = ("", "all", "perp", "spot")
DEEPEST = 250


def order_books(desk: Desk, call: Call) -> Json:
    return {"order_books": [_rules(market) for market in _asked(desk, call)]}


def details(desk: Desk, call: Call) -> Json:
    markets = _asked(desk, call)
    return {"order_book_details": [detail(desk, market) for market in markets], "spot_order_book_details": []}


def _asked(desk: Desk, call: Call) -> list[Market]:
    """Of spot markets there are none here; 255 is all of them, as none is."""
    kind, market_id = call.params.get("filter"), call.params.integer_or_none("market_id")
    if kind not in FILTERS:
        raise wrong("filter")
    if market_id not in (None, 255):
        return [desk.find(int(market_id or 0))]
    return [] if kind == "spot" else list(desk.markets.values())


def _rules(market: Market) -> Json:
    listing = market.listing
    return {
        "symbol": market.name,
        "market_id": market.id,
        "market_type": "perp",
        "base_asset_id": 0,
        "quote_asset_id": 0,
        "status": "active",
        "taker_fee": places(listing.taker_fee, 4),
        "is_taker_fee_enabled": True,
        "maker_fee": places(listing.maker_fee, 4),
        "is_maker_fee_enabled": True,
        "liquidation_fee": "1.0000",
        "min_base_amount": places(listing.min_quantity, market.size_decimals),
        "min_quote_amount": places(listing.min_notional, QUOTE_DECIMALS),
        "order_quote_limit": "281474976.710655",
        "supported_size_decimals": market.size_decimals,
        "supported_price_decimals": market.price_decimals,
        "supported_quote_decimals": QUOTE_DECIMALS,
    }


def detail(desk: Desk, market: Market) -> Json:
    return {
        **_rules(market),
        "size_decimals": market.size_decimals,
        "price_decimals": market.price_decimals,
        "quote_multiplier": 1,
        "default_initial_margin_fraction": market.default_margin,
        "min_initial_margin_fraction": market.min_margin,
        "maintenance_margin_fraction": market.maintenance_margin,
        "closeout_margin_fraction": market.maintenance_margin * 2 // 3,
        **day(desk, market),
        "last_trade_price": float(desk.exchange.ticker(market.symbol).last),
        "open_interest": 0.0,  # the crowd has no positions
        "daily_chart": {},
        "market_config": {
            "market_margin_mode": 0,
            "insurance_fund_account_index": 2**48 - 1,
            "liquidation_mode": 0,
            "force_reduce_only": False,
            "trading_hours": "",
            "funding_fee_discounts_enabled": False,
            "hidden": False,
            "rfq_enabled": False,
        },
        "strategy_index": 0,
    }


def day(desk: Desk, market: Market) -> Json:
    told = desk.exchange.ticker(market.symbol)
    change = (told.last / told.open - 1) * 100 if told.open else Decimal(0)
    return {
        "daily_trades_count": told.last_trade_id - told.first_trade_id + 1,
        "daily_base_token_volume": float(told.volume),
        "daily_quote_token_volume": float(told.quote_volume),
        "daily_price_low": float(told.low),
        "daily_price_high": float(told.high),
        "daily_price_change": float(change),
    }


def exchange_stats(desk: Desk, call: Call) -> Json:
    stats = [{"symbol": market.name, **_day_of(desk, market)} for market in desk.markets.values()]
    return {
        "total": len(stats),
        "order_book_stats": stats,
        "daily_usd_volume": sum(each["daily_quote_token_volume"] for each in stats),
        "daily_trades_count": sum(each["daily_trades_count"] for each in stats),
    }


def _day_of(desk: Desk, market: Market) -> Json:
    told = day(desk, market)
    names = ("daily_trades_count", "daily_base_token_volume", "daily_quote_token_volume", "daily_price_change")
    return {"last_trade_price": float(desk.exchange.ticker(market.symbol).last), **{name: told[name] for name in names}}


def book_orders(desk: Desk, call: Call) -> Json:
    """A level is one order here."""
    market = desk.find(call.params.integer("market_id"))
    book = desk.exchange.book(market.symbol, call.params.limit(DEEPEST, DEEPEST))
    asks, bids = _resting(market, book, asks=True), _resting(market, book, asks=False)
    return {"total_asks": len(asks), "asks": asks, "total_bids": len(bids), "bids": bids}


def _resting(market: Market, book: Book, *, asks: bool) -> list[Json]:
    rows, side = [], Side.SELL if asks else Side.BUY
    for number, (price, size) in enumerate(book.asks if asks else book.bids):
        index, amount = crowd_order(side, number), places(size, market.size_decimals)
        rows.append(
            {
                "order_index": index,
                "order_id": str(index),
                "owner_account_index": CROWD,
                "initial_base_amount": amount,
                "remaining_base_amount": amount,
                "price": places(price, market.price_decimals),
                "order_expiry": book.market_ms + DAY_MS,
                "transaction_time": 0,
            }
        )
    return rows


def recent_trades(desk: Desk, call: Call) -> Json:
    """Newest first."""
    market = desk.find(call.params.integer("market_id"))
    ticks = desk.exchange.ticks(market.symbol, call.params.limit(100, 100))
    return {"trades": [tick_view(tick) for tick in reversed(ticks)]}


def candle_rows(desk: Desk, call: Call) -> Json:
    """The last ``count_back`` of the range, no more than five hundred."""
    params = call.params
    market, resolution = desk.find(params.integer("market_id")), params.text("resolution")
    start, end = params.integer("start_timestamp"), params.integer("end_timestamp")
    count_back = params.integer("count_back")
    if resolution not in RESOLUTIONS:
        raise ApiError(*BAD_CANDLES)
    if start > end:
        raise ApiError(*BAD_CANDLE_RANGE)
    most = min(count_back or MOST_CANDLES, MOST_CANDLES)
    found = candles(desk.exchange, market.symbol, RESOLUTIONS[resolution], end_ms=end, limit=most)
    rows = [candle_view(each) for each in found if each.open_ms >= start]
    return {"r": resolution, "c": rows or None}


def candle_view(candle: Candle) -> Json:
    return {
        "t": candle.open_ms,
        "o": float(candle.open),
        "h": float(candle.high),
        "l": float(candle.low),
        "c": float(candle.close),
        "v": float(candle.volume),
        "V": float(candle.quote_volume),
        "i": candle.last_trade_id,
    }


def funding_rates(desk: Desk, call: Call) -> Json:
    """The venue lists others' too."""
    rows = [
        {"market_id": market.id, "exchange": name, "symbol": market.name, "rate": float(rate)}
        for market in desk.markets.values()
        for rate, _ in [desk.exchange.funding(market.symbol)]
        for name in ("binance", "lighter")
    ]
    return {"funding_rates": rows}


def asset_details(desk: Desk, call: Call) -> Json:
    asset = {
        "asset_id": QUOTE_ID,
        "symbol": QUOTE,
        "l1_decimals": QUOTE_DECIMALS,
        "decimals": QUOTE_DECIMALS,
        "min_transfer_amount": "1.000000",
        "min_withdrawal_amount": "1.000000",
        "margin_mode": "enabled",
        "index_price": "1.000000",
        "l1_address": f"0x{'0' * 40}",
    }
    return {"asset_details": [asset]}


ROUTES = (
    Route(path="orderBooks", answer=order_books),
    Route(path="orderBookDetails", answer=details),
    Route(path="orderBookOrders", answer=book_orders),
    Route(path="exchangeStats", answer=exchange_stats),
    Route(path="recentTrades", answer=recent_trades, weight=600),
    Route(path="candles", answer=candle_rows),
    Route(path="funding-rates", answer=funding_rates),
    Route(path="assetDetails", answer=asset_details),
)
