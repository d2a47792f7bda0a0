"""Transactions over REST and over a socket: one, or several of one key."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import json

from twinstar.sim.model import AccountEvent, OrderChanged
from twinstar.sim.wires.lighter import nonces, transactions
from twinstar.sim.wires.lighter.accepting import accept
from twinstar.sim.wires.lighter.accounts import Account
from twinstar.sim.wires.lighter.desk import Call, Desk, Json, Route
from twinstar.sim.wires.lighter.engine import Outcome
from twinstar.sim.wires.lighter.errors import BAD_TX, LARGE_BATCH, MIXED_BATCH, NO_TX, ApiError
from twinstar.sim.wires.lighter.transactions import Tx

MOST_IN_REQUEST, MOST_IN_FRAME = 50, 15
PENDING, EXECUTED = 1, 2
T = TypeVar("T")


def send(desk: Desk, call: Call) -> Json:
    return send_one(desk, call.params.integer("tx_type"), call.params.text("tx_info"))


def send_one(desk: Desk, tx_type: int, tx_info: str | bytes) -> Json:
    tx = transactions.read(tx_type, tx_info, desk.now_ms())
    left = _count(desk, [tx])
    return _accepted(desk, accept(desk, tx), left)


def send_batch(desk: Desk, call: Call) -> Json:
    return send_several(desk, call.params.text("tx_types"), call.params.text("tx_infos"), most=MOST_IN_REQUEST)


def send_several(desk: Desk, tx_types: str, tx_infos: str, *, most: int) -> Json:
    """They are looked at together and accepted in turn; at the first that is refused the rest is left."""
    types, infos = _listed(tx_types, list[int]), _listed(tx_infos, list[str])
    if not types or len(types) != len(infos):
        raise ApiError(*BAD_TX)
    if len(types) > most:
        raise ApiError(*LARGE_BATCH)
    batch = [transactions.read(*each, desk.now_ms()) for each in zip(types, infos, strict=True)]
    if len({tx.lane for tx in batch}) > 1:
        raise ApiError(*MIXED_BATCH)
    nonces.check_batch([tx.nonce for tx in batch])
    left = _count(desk, batch)
    return _accepted(desk, [accept(desk, tx) for tx in batch], left)


def watch(desk: Desk, account: Account) -> None:
    """Trading earns volume quota."""

    def hear(event: AccountEvent) -> None:
        if isinstance(event, OrderChanged) and event.execution is not None:
            desk.limits.earn_quota(account.index, event.execution.price * event.execution.quantity)

    desk.blotter.on_account(account.name, hear)


def quota_told(left: int | None) -> str:
    told = "didn't use volume quota" if left is None else f"{left} volume quota remaining"
    return json.encode({"ratelimit": told}).decode()


def _accepted(desk: Desk, tx_hash: str | list[str], left: int | None) -> Json:
    due_ms = desk.now_ms() + desk.engine.latency_ms
    return {"message": quota_told(left), "tx_hash": tx_hash, "predicted_execution_time_ms": due_ms}


def _count(desk: Desk, batch: list[Tx]) -> int | None:
    """What is left of the volume quota, where some was spent."""
    for tx in batch:
        if type(tx) in transactions.SETTINGS:
            desk.limits.set(tx.account_index)
        else:
            desk.limits.send(tx.account_index)
    return desk.limits.spend_quota(batch[0].account_index, sum(isinstance(tx, transactions.SPENDING) for tx in batch))


def _listed(text: str, of: type[list[T]]) -> list[T]:
    try:
        return msgspec.json.decode(text, type=of)
    except msgspec.DecodeError as error:
        raise ApiError(*BAD_TX) from error


def look_up(desk: Desk, call: Call) -> Json:
    """What became of a transaction. One that failed is executed as well: the error is in its event.

    Source: public clients that measured it (2026-09).
    """
    call.params.one_of("by", ("hash",))
    tx_hash = call.params.text("value")
    found = desk.engine.outcome(tx_hash)
    if found is None:
        raise ApiError(*NO_TX)
    tx = found.tx
    return {
        "hash": tx_hash,
        "type": next(number for number, kind in transactions.TYPES.items() if kind is type(tx)),
        "status": EXECUTED if found.executed_ms else PENDING,
        "event_info": _event(found) if found.executed_ms else "",
        "account_index": tx.account_index,
        "api_key_index": tx.api_key_index,
        "nonce": tx.nonce,
        "expire_at": tx.expired_at,
        "queued_at": found.accepted_ms,
        "executed_at": found.executed_ms,
    }


def _event(found: Outcome) -> str:
    error = {"code": found.failed[0], "message": found.failed[1]} if found.failed is not None else None
    return json.encode({"ae": json.encode(error).decode() if error is not None else ""}).decode()


ROUTES = (
    Route(path="sendTx", answer=send, weight=6, method="POST"),
    Route(path="sendTxBatch", answer=send_batch, weight=6, method="POST"),
    Route(path="tx", answer=look_up),
)
