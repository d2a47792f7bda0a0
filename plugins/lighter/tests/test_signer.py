"""The real native library: what it signs is what it was given, and what it cannot sign is never sent."""

from __future__ import annotations

import asyncio
import base64
import ctypes
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec.structs import replace

import twinstar as ts
from twinstar_lighter.nonces import Place
from twinstar_lighter.signer import Change, Key, Network, OrderFields, Signed, Signer, Unsigned

NETWORK = Network("sim", "http://127.0.0.1:1", 304)
KEY = Key(account=1_000, slot=4, private_key="ab" * 40)
EXPIRY_MS = 1_800_000_000_000
EDGE = OrderFields(
    market=254,
    client_index=2**48 - 1,
    size=2**48 - 1,
    price=2**32 - 1,
    is_ask=1,
    kind=2,
    time_in_force=0,
    reduce_only=1,
    trigger_price=2**32 - 1,
    expiry=EXPIRY_MS,
)
SMALL = OrderFields(market=0, client_index=1, size=1, price=1, is_ask=0, kind=0, time_in_force=1, expiry=EXPIRY_MS)
CHILD = OrderFields(
    market=0, client_index=2**48 - 2, size=0, price=9, is_ask=1, kind=2, time_in_force=0, reduce_only=1,
    trigger_price=8, expiry=EXPIRY_MS,
)  # fmt: skip
TARGET = OrderFields(
    market=0, client_index=2**48 - 1, size=0, price=9, is_ask=1, kind=4, time_in_force=0, reduce_only=1,
    trigger_price=9, expiry=EXPIRY_MS,
)  # fmt: skip

LARGE = Change(market=0, index=2**48 - 1, size=2**48 - 1, price=2**32 - 1, trigger_price=2**32 - 1)


def at(nonce: int) -> Place:
    return Place(4, nonce)


def spelt(order: OrderFields) -> dict[str, int]:
    return {
        "MarketIndex": order.market,
        "ClientOrderIndex": order.client_index,
        "BaseAmount": order.size,
        "Price": order.price,
        "IsAsk": order.is_ask,
        "Type": order.kind,
        "TimeInForce": order.time_in_force,
        "ReduceOnly": order.reduce_only,
        "TriggerPrice": order.trigger_price,
        "OrderExpiry": order.expiry,
    }


CASES: list[tuple[int, Callable[[Signer], Awaitable[Signed]], dict[str, Any]]] = [
    (14, lambda s: s.create(EDGE, at(2**47 - 1)), {**spelt(EDGE), "Nonce": 2**47 - 1}),
    (14, lambda s: s.create(SMALL, at(1)), {**spelt(SMALL), "Nonce": 1}),
    (15, lambda s: s.cancel(254, 2**49, at(2)), {"MarketIndex": 254, "Index": 2**49, "Nonce": 2}),
    (16, lambda s: s.cancel_all(at(3)), {"TimeInForce": 0, "Time": 0, "Nonce": 3}),
    (16, lambda s: s.cancel_all(at(3), mode=1, at_ms=EXPIRY_MS), {"TimeInForce": 1, "Time": EXPIRY_MS, "Nonce": 3}),
    (16, lambda s: s.cancel_all(at(3), mode=2), {"TimeInForce": 2, "Time": 0, "Nonce": 3}),
    (
        17,
        lambda s: s.modify(LARGE, at(4)),
        {
            "MarketIndex": 0, "Index": 2**48 - 1, "BaseAmount": 2**48 - 1, "Price": 2**32 - 1,
            "TriggerPrice": 2**32 - 1, "Nonce": 4,
        },
    ),
    (
        20,
        lambda s: s.leverage(1, 500, 1, at(5)),
        {"MarketIndex": 1, "InitialMarginFraction": 500, "MarginMode": 1, "Nonce": 5},
    ),
    (
        28,
        lambda s: s.group(3, [SMALL, CHILD, TARGET], at(6)),
        {"GroupingType": 3, "Orders": [spelt(SMALL), spelt(CHILD), spelt(TARGET)], "Nonce": 6},
    ),
]  # fmt: skip


@pytest.fixture
def signer(native: ctypes.CDLL) -> Signer:
    return Signer(native, NETWORK, [KEY])


@pytest.mark.parametrize(("tx_type", "sign", "fields"), CASES)
async def test_every_field_that_is_signed_is_the_one_that_was_given(
    signer: Signer, tx_type: int, sign: Callable[[Signer], Awaitable[Signed]], fields: dict[str, Any]
) -> None:
    signed = await sign(signer)
    info = json.loads(signed.tx_info)
    signature = base64.b64decode(info.pop("Sig"))
    assert (signed.tx_type, len(signature)) == (tx_type, 80)
    assert info.pop("ExpiredAt") > 0
    assert info == {"AccountIndex": 1_000, "ApiKeyIndex": 4, "L2TxAttributes": None, **fields}
    assert len(signed.tx_hash) == 80


async def test_a_token_names_its_deadline_and_its_key(signer: Signer) -> None:
    assert re.fullmatch(r"1800000000:1000:4:[0-9a-f]{160}", await signer.token(1_800_000_000, 4))


@pytest.mark.parametrize(
    "sign",
    [
        lambda s: s.modify(replace(LARGE, price=2**63), at(1)),
        lambda s: s.leverage(1, 2**32, 0, at(1)),
        lambda s: s.cancel(0, -1, at(1)),
        lambda s: s.cancel(0, 1, Place(9, 1)),  # a key that was not added
        lambda s: s.create(replace(SMALL, kind=1), at(1)),  # at market, and to stand
    ],
)  # fmt: skip
async def test_what_does_not_fit_its_field_is_not_signed(
    signer: Signer, sign: Callable[[Signer], Awaitable[Signed]]
) -> None:
    with pytest.raises(Unsigned):
        await sign(signer)


@pytest.mark.parametrize("wrong", [{"price": 2**32}, {"size": 2**48}, {"client_index": 2**48}, {"trigger_price": -1}])
def test_an_order_too_large_for_its_fields_cannot_be_made(wrong: dict[str, int]) -> None:
    usual = {"market": 0, "client_index": 1, "size": 1, "price": 1, "is_ask": 0, "kind": 0, "time_in_force": 1}
    with pytest.raises(Unsigned, match="does not fit"):
        OrderFields(**{**usual, **wrong})


async def test_the_loop_goes_on_while_signatures_are_made(signer: Signer) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with asyncio.TaskGroup() as tasks:
        spinning = tasks.create_task(others())
        await asyncio.gather(*(signer.create(SMALL, at(nonce)) for nonce in range(1, 9)))
        spinning.cancel()
    assert turns > 8


def test_a_wrong_private_key_is_refused_and_never_shown(native: ctypes.CDLL) -> None:
    secret = "0x" + "cd" * 32  # that of a wallet
    with pytest.raises(ts.errors.ConfigError, match="80 hexadecimal digits") as refused:
        Signer(native, NETWORK, [Key(account=1, slot=5, private_key=secret)])
    assert secret[2:] not in str(refused.value)
    assert secret not in repr(Key(account=1, slot=5, private_key=secret))


def test_a_second_network_in_one_process_is_refused(signer: Signer, native: ctypes.CDLL) -> None:
    with pytest.raises(ts.errors.ConfigError, match="one network a process"):
        Signer(native, Network("testnet", "https://testnet.example", 300), [KEY])
