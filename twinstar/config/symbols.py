"""The form of what may be traded: unified symbols, and `symbol@venue`. Whether a venue has it, the venue says."""

from __future__ import annotations

import re
from typing import Final

_CURRENCY: Final = re.compile(r"[^\W_][\w.-]*")
_QUOTES: Final = ("FDUSD", "USDT", "USDC", "USD", "KRW", "EUR", "TRY", "BRL", "JPY", "BTC", "ETH", "BNB")


def check_symbol(text: str) -> str:
    """Raise `ValueError` with the nearest right spellings."""
    base, slash, rest = text.partition("/")
    quote, colon, settle = rest.partition(":")
    spelt = slash and _is_base(base) and _is_asset(quote) and (not colon or _is_settle(settle))
    if not spelt:
        raise ValueError(f"{text!r} is not a unified symbol (BASE/QUOTE, or BASE/QUOTE:SETTLE){_hint(text)}")
    return text


def check_instrument_id(text: str) -> str:
    symbol, at, venue = text.rpartition("@")
    if not (symbol and at and venue):
        raise ValueError(f"{text!r} names no venue; write symbol@venue, as BTC/USDT:USDT@binanceusdm")
    check_symbol(symbol)
    return text


def near_misses(text: str) -> tuple[str, ...]:
    """What was perhaps meant: BTCUSDT, btc-usdt and KRW-BTC (as Upbit writes it) have a unified spelling."""
    word = text.strip().upper()
    if parts := re.fullmatch(r"(\w+)\s*[/_-]\s*(\w+)(:\w+)?", word):
        base, quote, settle = parts.groups()
        if _rank(base) < _rank(quote):
            base, quote = quote, base
        return (f"{base}/{quote}{settle or ''}",)
    for quote in _QUOTES:
        base = word.removesuffix(quote)
        if base and base != word and base.isalnum():
            return (f"{base}/{quote}",) if quote == "KRW" else (f"{base}/{quote}", f"{base}/{quote}:{quote}")
    return ()


def _rank(asset: str) -> int:
    """Of two assets, the one with the lower rank is the quote."""
    return _QUOTES.index(asset) if asset in _QUOTES else len(_QUOTES)


def _hint(text: str) -> str:
    near = near_misses(text)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def _is_base(text: str) -> bool:
    """Most are upper case, a few are not (kPEPE), and some are written in other scripts."""
    return bool(_CURRENCY.fullmatch(text)) and (text != text.lower() or text.upper() == text.lower())


def _is_asset(text: str) -> bool:
    return bool(_CURRENCY.fullmatch(text)) and text == text.upper()


def _is_settle(text: str) -> bool:
    return _is_asset(text.split("-", 1)[0]) and bool(re.fullmatch(r"[\w.]+(-[0-9]{6}(-[0-9.]+-[CP])?)?", text))
