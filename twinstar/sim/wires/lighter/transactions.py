"""Transactions as the signer writes them: every signed field, and nothing else.

Source: elliottech/lighter-go (2026-08), which makes them; the signature itself is not verified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from twinstar.sim.wires.lighter.errors import (
    BAD_SIGNATURE,
    BAD_TX,
    NOT_APPROVED,
    UNKNOWN_TX_TYPE,
    ApiError,
)

SIGNATURE_BYTES = 80
HASH_DIGITS = 80
INTEGRATOR, SKIP_NONCE, OF_MARKET = ("1", "2", "3"), "4", "5"  # attributes
ATTRIBUTES = frozenset({*INTEGRATOR, SKIP_NONCE, OF_MARKET, "6", "7"})
TX_LIFE_MS = 600_000


class Tx(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, rename="pascal"):
    account_index: int
    api_key_index: int
    expired_at: int
    nonce: int
    sig: bytes
    l2_tx_attributes: dict[str, int] | None = msgspec.field(name="L2TxAttributes", default=None)

    @property
    def lane(self) -> tuple[int, int]:
        return self.account_index, self.api_key_index

    @property
    def attributes(self) -> Mapping[str, int]:
        return self.l2_tx_attributes or {}

    @property
    def may_skip_nonce(self) -> bool:
        return self.attributes.get(SKIP_NONCE) == 1


class Asked(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, rename="pascal"):
    """An order, by itself or as one of a group."""

    market_index: int
    client_order_index: int
    base_amount: int
    price: int
    is_ask: int
    type: int
    time_in_force: int
    reduce_only: int
    trigger_price: int
    order_expiry: int


class CreateOrder(Tx, kw_only=True, frozen=True):
    market_index: int
    client_order_index: int
    base_amount: int
    price: int
    is_ask: int
    type: int
    time_in_force: int
    reduce_only: int
    trigger_price: int
    order_expiry: int

    @property
    def order(self) -> Asked:
        return Asked(**{name: getattr(self, name) for name in Asked.__struct_fields__})


class CreateGroupedOrders(Tx, kw_only=True, frozen=True):
    grouping_type: int
    orders: list[Asked]


class CancelOrder(Tx, kw_only=True, frozen=True):
    market_index: int
    index: int


class ModifyOrder(Tx, kw_only=True, frozen=True):
    market_index: int
    index: int
    base_amount: int
    price: int
    trigger_price: int


class CancelAllOrders(Tx, kw_only=True, frozen=True):
    time_in_force: int
    time: int


class UpdateLeverage(Tx, kw_only=True, frozen=True):
    market_index: int
    initial_margin_fraction: int
    margin_mode: int


class ChangePubKey(Tx, kw_only=True, frozen=True):
    pub_key: bytes
    l1_sig: str = msgspec.field(name="L1Sig")


TYPES: Mapping[int, type[Tx]] = {
    8: ChangePubKey,
    14: CreateOrder,
    15: CancelOrder,
    16: CancelAllOrders,
    17: ModifyOrder,
    20: UpdateLeverage,
    28: CreateGroupedOrders,
}
SPENDING = (CreateOrder, ModifyOrder, CancelAllOrders, CreateGroupedOrders)  # of the volume quota
SETTINGS = (ChangePubKey, UpdateLeverage)  # counted apart from orders


def read(tx_type: int, tx_info: str | bytes, now_ms: int) -> Tx:
    """What can be seen of it without asking anybody: its fields, its age, and the form of its signature."""
    if tx_type not in TYPES:
        raise ApiError(*UNKNOWN_TX_TYPE)
    try:
        tx = msgspec.json.decode(tx_info, type=TYPES[tx_type])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ApiError(BAD_TX[0], f"{BAD_TX[1]}: {error}") from error
    if len(tx.sig) != SIGNATURE_BYTES:
        raise ApiError(*BAD_SIGNATURE)
    if not now_ms < tx.expired_at <= now_ms + TX_LIFE_MS:
        raise ApiError(BAD_TX[0], f"{BAD_TX[1]}: ExpiredAt {tx.expired_at} at {now_ms}")
    if unknown := tx.attributes.keys() - ATTRIBUTES:
        raise ApiError(BAD_TX[0], f"{BAD_TX[1]}: attribute {min(unknown)}")
    if any(tx.attributes.get(each) for each in INTEGRATOR):
        raise ApiError(*NOT_APPROVED)
    return tx


def hash_of(tx: Tx) -> str:
    """Equal for equal fields: the signature, which differs every time, is not in it."""
    fields = msgspec.json.encode(replace(tx, sig=b""))
    return hashlib.sha512(type(tx).__name__.encode() + fields).hexdigest()[:HASH_DIGITS]
