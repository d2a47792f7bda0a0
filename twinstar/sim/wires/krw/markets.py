"""KRW markets: the coins, and how they are spelt, quote first: ``KRW-BTC``."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Listing

VOLUME_STEP = Decimal("0.00000001")
MIN_TOTAL = Decimal(5000)


class Coin(Struct, frozen=True):
    korean: str
    english: str
    tick: Decimal  # the tick of the band that the coin usually trades in, see the venue's `ticks`


COINS: Mapping[str, Coin] = {
    "BTC": Coin("비트코인", "Bitcoin", Decimal(1000)),
    "ETH": Coin("이더리움", "Ethereum", Decimal(1000)),
    "XRP": Coin("엑스알피(리플)", "XRP", Decimal(1)),
    "SOL": Coin("솔라나", "Solana", Decimal(100)),
    "DOGE": Coin("도지코인", "Dogecoin", Decimal(1)),
    "ADA": Coin("에이다", "Cardano", Decimal(1)),
    "TRX": Coin("트론", "TRON", Decimal(1)),
    "LINK": Coin("체인링크", "Chainlink", Decimal(10)),
}


def market_id(symbol: str) -> str:
    base, quote = symbol.split("/")
    return f"{quote}-{base}"


def symbol_of(market: str) -> str:
    """The unified spelling; of a malformed id something that no exchange lists."""
    quote, _, base = market.partition("-")
    return f"{base}/{quote}"


def krw_listings(fee: Decimal) -> Mapping[str, Listing]:
    """By unified symbol; makers pay as takers do."""
    listings = (_listing(base, coin.tick, fee) for base, coin in COINS.items())
    return {listing.symbol: listing for listing in listings}


def _listing(base: str, tick: Decimal, fee: Decimal) -> Listing:
    return Listing(
        symbol=f"{base}/KRW",
        base=base,
        quote="KRW",
        tick=tick,
        lot=VOLUME_STEP,
        min_quantity=VOLUME_STEP,
        min_notional=MIN_TOTAL,
        maker_fee=fee,
        taker_fee=fee,
    )
