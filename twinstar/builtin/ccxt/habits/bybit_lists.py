"""Bybit's lists: page by page, and none that is garbled counts as empty."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from twinstar.builtin.ccxt.habits.habit import Exchange, Json

LINEAR = {"category": "linear"}


async def pages(
    ask: Callable[[Mapping[str, Any]], Awaitable[Json]], request: Mapping[str, Any], **more: Any
) -> list[Json]:
    """All of a list, however many answers it takes."""
    found: list[Json] = []
    cursor: Any = ""
    while True:
        answer = await ask({**LINEAR, **request, **more, **({"cursor": cursor} if cursor else {})})
        found += rows(answer)
        cursor = answer["result"].get("nextPageCursor")
        if not cursor:
            return found


def rows(answer: Json) -> list[Json]:
    found = answer["result"]["list"]
    if not isinstance(found, list):
        raise ValueError("the answer has no list")  # noqa: TRY004 - as for any answer that cannot be read
    return found


def coins(exchange: Exchange) -> Sequence[str]:
    """What linear perpetuals settle in."""
    return sorted({market["settle"] for market in exchange.markets.values() if market["swap"] and market["linear"]})
