"""The KRW markets that the simulated Upbit lists, and how Upbit spells them: quote first, ``KRW-BTC``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from twinstar.errors import ConfigError
from twinstar.sim.model import Listing

FEE = Decimal("0.0005")  # maker and taker alike in KRW markets
MIN_TOTAL = Decimal(5000)
MAX_TOTAL = Decimal(1_000_000_000)
VOLUME_STEP = Decimal("0.00000001")


class Coin(Struct, frozen=True):
    korean: str
    english: str
    tick: Decimal  # the tick of the band that the coin usually trades in, see `ticks`


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


def listings(symbols: Sequence[str]) -> tuple[Listing, ...]:
    unknown = [symbol for symbol in symbols if symbol not in KRW_LISTINGS]
    if unknown:
        there_are = ", ".join(KRW_LISTINGS)
        raise ConfigError([f"upbit has no market {each!r}; there are: {there_are}" for each in unknown])
    return tuple(KRW_LISTINGS[symbol] for symbol in symbols)


def market_id(symbol: str) -> str:
    base, quote = symbol.split("/")
    return f"{quote}-{base}"


def symbol_of(market: str) -> str:
    """The unified spelling; of a malformed id something that no exchange lists."""
    quote, _, base = market.partition("-")
    return f"{base}/{quote}"


def _listing(base: str, coin: Coin) -> Listing:
    return Listing(
        symbol=f"{base}/KRW",
        base=base,
        quote="KRW",
        tick=coin.tick,
        lot=VOLUME_STEP,
        min_quantity=VOLUME_STEP,
        min_notional=MIN_TOTAL,
        maker_fee=FEE,
        taker_fee=FEE,
    )


KRW_LISTINGS: Mapping[str, Listing] = {f"{base}/KRW": _listing(base, coin) for base, coin in COINS.items()}
