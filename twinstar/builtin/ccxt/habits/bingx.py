"""BingX: perpetuals in USDT of an account in one-way mode. Codes, parameters and frames: bingx-api.github.io/docs,
swapV2 (read in public copies), and what ccxt 4.5.90 sends; as of 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from twinstar.builtin.ccxt import wire
from twinstar.builtin.ccxt.codes import codes_of
from twinstar.builtin.ccxt.habits import generic
from twinstar.builtin.ccxt.habits.bingx_account import funding, held, permissions, terms
from twinstar.builtin.ccxt.habits.bingx_orders import (
    cancel,
    client_id,
    found,
    look_up,
    open_orders,
    standing,
    trades,
    trigger,
    untold,
)
from twinstar.builtin.ccxt.habits.habit import (
    Exchange,
    Frames,
    Habit,
    Json,
    Orders,
    Refusal,
    Wallet,
    Words,
    row_of,
)
from twinstar.builtin.ccxt.habits.tape import BY_MAKER, Tape
from twinstar.engine.candles import CandleRow

NO_ORDER, MISTIMED, OFFLINE = "80016", "100421", "109418"
CONFIRMED = (200, 204)


def refusal(body: Json) -> Refusal | None:
    """Some codes say little, and their words more: they quote another service's code, or say that there is no order."""
    told = generic.refusal(body)
    if told is None or told.code == "0":
        return None
    inner = re.search(r'"Code":\s*(\d+)', told.text)
    if told.code == "80012" and inner is not None:
        return Refusal(inner[1], told.text)
    if told.code == "80001" and "order not exist" in told.text:
        return Refusal(NO_ORDER, told.text)
    if told.code in ("80014", "109400") and "timestamp" in told.text:
        return Refusal(MISTIMED, told.text)
    if told.code == MISTIMED and "restricted" in told.text:
        return Refusal(OFFLINE, told.text)
    return told


_TABLE = codes_of("bingx")
WORDS = Words(refusal=refusal, codes=_TABLE.codes, statuses=_TABLE.statuses, proving=(200, *range(400, 500)))


def candles(frame: Json, _: Sequence[Any]) -> Iterator[tuple[CandleRow, bool | None]]:
    """From the frame itself, where numbers are text. Only a successor proves that a candle is over."""
    for row in sorted(frame["data"], key=lambda row: int(row["T"])):
        yield row_of([int(row["T"]), *(row[name] for name in "ohlcv")]), None


def whose(frame: Json) -> str | None:
    name = frame.get("dataType") if isinstance(frame, dict) else None
    return name if name and ("@kline" in name or name.endswith("@trade")) else None


def trades_in(frame: Json) -> Sequence[Json]:
    """A list on perpetuals, one alone elsewhere."""
    data = frame["data"]
    return data if isinstance(data, list) else (data,)


TAPE = Tape(rows=trades_in, id="t", time="T", price="p", amount="q", side="m", sides=BY_MAKER)


def known(frame: Json) -> bool:
    """The venue's own ping, the answer to a request, a topic's data, or the account's news."""
    if not isinstance(frame, dict):
        return bool(frame == "Ping")
    return any(isinstance(frame.get(name), str) for name in ("e", "dataType")) or isinstance(frame.get("code"), int)


def acknowledged(frame: Json) -> str | None:
    """A request's answer bears its id, and no topic."""
    if not isinstance(frame, dict) or "id" not in frame or frame.get("dataType"):
        return None
    return str(frame["id"])


def complaint(frame: Json) -> str | None:
    """Data has a code as well, and a topic."""
    if not isinstance(frame, dict) or frame.get("dataType") or frame.get("code", 0) == 0:
        return None
    return f"{frame['code']}: {frame.get('msg') or 'without a word'}"


def over(frame: Json) -> str | None:
    is_over = isinstance(frame, dict) and frame.get("e") == "listenKeyExpired"
    return "listenKeyExpired" if is_over else None


def counted(message: Json) -> bool:
    """Answers to the venue's own pings are none of ours."""
    return bool(message != "Pong")


def forget_listen_key(exchange: Exchange) -> None:
    """Ask for a key at every opening: ccxt would go on using one that has expired."""
    exchange.options.update(listenKey=None, lastAuthenticatedTime=0)


async def renew_listen_key(exchange: Exchange) -> object:
    """It is confirmed by saying nothing, which is no JSON."""
    try:
        return await exchange.userAuthPrivatePutUserDataStream({"listenKey": exchange.options["listenKey"]})
    except ValueError:
        answer = wire.current()
        if answer is None or answer.status not in CONFIRMED or answer.body is not None:
            raise
        return None


HABIT = Habit(
    options={
        "defaultType": "swap",
        "sandboxMode": True,  # ccxt then asks for no markets of spot, which have the same ids; no address changes
        "listenKeyRefreshRate": 86_400_000,  # we renew it
        "watchPositions": {"fetchPositionsSnapshot": False, "awaitPositionsSnapshot": False},
    },
    settings={"setLeverage": {"side": "BOTH"}},
    words=WORDS,
    frames=Frames(
        candles=candles,
        tape=TAPE,
        whose=whose,
        trade_ms=generic.trade_ms,
        known=known,
        acknowledged=acknowledged,
        complaint=complaint,
        counted=counted,
        over=over,
        before_private=forget_listen_key,
        renew=renew_listen_key,
    ),
    orders=Orders(
        targets=True,
        trigger=trigger,
        stop_params={"workingType": "CONTRACT_PRICE"},
        echoes_id=False,
        client_id=client_id,
        found=found,
        look_up=look_up,
        trades=trades,
        untold=untold,
        open_orders=open_orders,
        all_from=2,
        standing=standing,
        cancel=cancel,
    ),
    wallet=Wallet(held=held, funding=funding),
    page=1_440,
    terms=terms,
    permissions=permissions,
)
