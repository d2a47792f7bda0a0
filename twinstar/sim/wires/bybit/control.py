"""What a client says on a WebSocket, and the answers that are not data."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from twinstar.sim.wires.spelling import frame

OPS = ("subscribe", "unsubscribe", "ping", "auth")


class Order(Struct):
    op: str
    args: list[Any] = []
    req_id: str | int = ""


class BadFrame(Exception):
    """Answered with ``success: false``; the connection goes on."""

    def __init__(self, message: str, order: Order | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.order = order


def read(told: str | bytes) -> Order:
    try:
        order = msgspec.json.decode(told, type=Order)
    except msgspec.ValidationError as error:
        raise BadFrame("error:invalid op") from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadFrame("error:parse json") from error
    if order.op not in OPS:
        raise BadFrame("error:invalid op", order)
    return order


def answer(order: Order | None, connection: str, *, success: bool = True, message: str = "") -> str:
    told = {"success": success, "ret_msg": message, "conn_id": connection}
    named = {"req_id": str(order.req_id)} if order is not None and order.req_id != "" else {}
    return frame({**told, **named, "op": order.op if order is not None else ""})


def handler_not_found(topic: str) -> str:
    return f"error:handler not found,topic:{topic}"
