"""The account's settings that orders rely on: position mode, margin mode, leverage. Set at the start, and read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.library import BaseError
from twinstar.builtin.ccxt.outcome import meaning_of
from twinstar.builtin.ccxt.reading import reading
from twinstar.domain.meanings import Meaning
from twinstar.errors import ConfigError


class Wanted(Struct, frozen=True, kw_only=True):
    """What the configuration asks for; None: whatever the account has."""

    leverage: int | None = None
    margin_mode: str | None = None  # cross or isolated


async def set_up(exchange: TwinExchange, symbols: Sequence[str], wanted: Wanted) -> None:
    """That it was so already is fine. `ConfigError` when the venue says afterwards that it is otherwise."""
    swaps = [symbol for symbol in symbols if exchange.markets[symbol]["swap"]]
    if swaps and exchange.habit.words.codes:  # else its answer could not be told from a refusal
        await _set(exchange, "setPositionMode", False, swaps[0])
    for symbol in swaps:
        if wanted.margin_mode is not None:
            await _set(exchange, "setMarginMode", wanted.margin_mode, symbol)
        if wanted.leverage is not None:
            await _set(exchange, "setLeverage", wanted.leverage, symbol)
    problems = [problem for symbol in swaps for problem in await _differences(exchange, symbol, wanted)]
    if problems:
        raise ConfigError(problems)


async def _differences(exchange: TwinExchange, symbol: str, wanted: Wanted) -> Iterable[str]:
    """What the venue says of a market after it was set."""
    if exchange.habit.terms is None or wanted == Wanted():
        return ()
    told = await exchange.habit.terms(exchange, symbol)
    pairs = (
        ("leverage", wanted.leverage, told.leverage, Decimal(wanted.leverage or 0)),
        ("margin_mode", wanted.margin_mode, told.margin_mode, wanted.margin_mode),
    )
    return [
        f"{symbol}@{exchange.venue}: {name} {asked} was asked for and the venue says {said}; set it there by hand, or "
        f"change {name} in the configuration"
        for name, asked, said, expected in pairs
        if asked is not None and said != expected
    ]


async def _set(exchange: TwinExchange, setting: str, value: object, symbol: str) -> None:
    with reading(exchange, setting) as exchanged:
        try:
            await getattr(exchange, setting)(value, symbol, dict(exchange.habit.settings.get(setting, {})))
        except BaseError:
            if meaning_of(exchanged, exchange.habit.words) is not Meaning.UNCHANGED:
                raise
