"""What a client says on a WebSocket: SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, and how it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import DecodeError, Struct, ValidationError, json

from twinstar.sim.wires.spelling import frame

METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS")


class Order(Struct):
    method: str
    id: int | str | None = None
    params: list[str] = []


class BadFrame(Exception):
    """The frame is answered with an error; the connection goes on."""

    def __init__(self, code: int, message: str, request_id: int | str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.request_id = request_id


def read(told: str | bytes) -> Order:
    try:
        order = json.decode(told, type=Order)
    except ValidationError as error:
        raise BadFrame(2, f"Invalid request: {error}") from error
    except (DecodeError, UnicodeError, RecursionError) as error:
        raise BadFrame(3, f"Invalid JSON: {error}") from error
    if order.method not in METHODS:
        expected = ", ".join(METHODS)
        raise BadFrame(
            2,
            f"Invalid request: unknown variant `{order.method}`, expected one of {expected}",
            order.id,
        )
    return order


def result(order: Order, value: Any = None) -> str:
    return frame({"result": value, "id": order.id})


def error(bad: BadFrame) -> str:
    return frame({"error": {"code": bad.code, "msg": bad.message}, "id": bad.request_id})


def acknowledge(told: str | bytes, streams: Sequence[str]) -> str:
    """The answer on a connection whose streams are fixed."""
    try:
        order = read(told)
    except BadFrame as bad:
        return error(bad)
    return result(order, streams if order.method == "LIST_SUBSCRIPTIONS" else None)


def refused(told: str | bytes) -> str:
    """The answer to a request whose streams are not given."""
    try:
        order = read(told)
    except BadFrame as bad:
        return error(bad)
    return error(BadFrame(2, f"Invalid request: invalid stream {next(iter(order.params), '')}", order.id))
