"""What Binance's spot and futures APIs have in common: the words of refusals, and the frames of markets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twinstar.builtin.ccxt.habits import generic
from twinstar.builtin.ccxt.habits.habit import Exchange, Json, Refusal, row_of
from twinstar.builtin.ccxt.habits.tape import BY_MAKER, Tape
from twinstar.domain import Permissions
from twinstar.engine.candles import CandleRow


def refusal(body: Json) -> Refusal | None:
    """An order that exists already is refused with the same code as one that cannot be."""
    told = generic.refusal(body)
    if told is not None and told.code == "-2010" and "duplicate" in told.text.lower():
        return Refusal("-4116", told.text)
    return told


def candles(frame: Json, _: Sequence[Any]) -> tuple[tuple[CandleRow, bool | None]]:
    """From the frame itself: it says what is final, and its numbers are text."""
    kline = data_of(frame)["k"]
    closed = kline["x"]
    if not isinstance(closed, bool):
        raise ValueError(f"x is {closed!r}")  # noqa: TRY004 - callers drop what raises ValueError
    return ((row_of([kline["t"], kline["o"], kline["h"], kline["l"], kline["c"], kline["v"]]), closed),)


def whose(frame: Json) -> tuple[str, str] | None:
    event = data_of(frame)
    if isinstance(kline := event.get("k"), dict):
        return kline["s"], kline["i"]
    return ("trade", event["s"]) if event.get("e") == "trade" else None


TAPE = Tape(rows=lambda frame: (data_of(frame),), id="t", time="T", price="p", amount="q", side="m", sides=BY_MAKER)


def known(frame: Json) -> bool:
    """An event, or the answer to a request."""
    return isinstance(frame, dict) and (isinstance(data_of(frame).get("e"), str) or "id" in frame or "error" in frame)


def acknowledged(frame: Json) -> str | None:
    return str(frame["id"]) if "id" in frame and frame.get("result", frame) is None else None


def data_of(frame: Any) -> Any:
    """Without the wrapping of a combined stream."""
    inner = frame.get("data")
    return inner if isinstance(inner, dict) else frame


async def permissions(exchange: Exchange, *, right: str, switch: str) -> Permissions:
    """Asked of the wallet's service, which the test environment does not have."""
    if "sapi" not in exchange.urls["api"]:
        return Permissions()
    told = await exchange.sapiGetAccountApiRestrictions()
    return Permissions(
        can_trade=_flag(told[right]),
        can_withdraw=_flag(told["enableWithdrawals"]),
        can_transfer=_flag(told["permitsUniversalTransfer"]) or _flag(told["enableInternalTransfer"]),
        is_bound=_flag(told["ipRestrict"]),
        trade_switch=switch,
        withdraw_switch="Enable Withdrawals",
        transfer_switch="Permits Universal Transfer",
    )


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")  # noqa: TRY004 - as for any answer that cannot be read
    return value
