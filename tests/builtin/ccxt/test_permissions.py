"""What a key may do, asked of the venue where it tells."""

from __future__ import annotations

import json

import pytest
from builtin.ccxt.kit import Scene, scene
from builtin.ccxt.test_venue import account, made

from twinstar.config import Mode
from twinstar.domain import Permissions
from twinstar.errors import AuthFailed, BadMessage, VenueUnavailable
from twinstar.runtime.keys import ask_permissions

SAFE = {
    "ipRestrict": True,
    "enableFutures": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "permitsUniversalTransfer": False,
}


def answer(one: Scene, told: object, status: int = 200) -> None:
    one.fault(on="rest", kind="status", match="apiRestrictions", status=status, body=json.dumps(told))


async def asked(one: Scene) -> Permissions:
    assert one.venue.permissions
    return await one.venue.permissions()


async def test_binance_is_asked_on_its_spot_host() -> None:
    async with scene("binanceusdm") as one:
        told = await asked(one)
        assert (told.can_trade, told.can_withdraw, told.can_transfer, told.is_bound) == (True, False, False, True)
        assert one.server.requests["GET /sapi/v1/account/apiRestrictions"] == 1


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("enableWithdrawals", True, "can_withdraw"),
        ("enableInternalTransfer", True, "can_transfer"),
        ("permitsUniversalTransfer", True, "can_transfer"),
        ("enableFutures", False, "can_trade"),
        ("ipRestrict", False, "is_bound"),
    ],
)
async def test_each_switch_of_binance_is_read(field: str, value: bool, found: str) -> None:
    async with scene("binanceusdm") as one:
        answer(one, {**SAFE, field: value})
        assert getattr(await asked(one), found) is value


@pytest.mark.parametrize("field", SAFE)
async def test_an_answer_that_cannot_be_read_is_no_permission(field: str) -> None:
    """Half an answer must not pass for "may not withdraw"."""
    async with scene("binanceusdm") as one:
        for told in ({name: value for name, value in SAFE.items() if name != field}, {**SAFE, field: "false"}):
            answer(one, told)
            with pytest.raises(BadMessage, match="permissions of the key"):
                await asked(one)


async def test_a_key_that_is_refused_and_a_venue_that_is_away_are_told_apart() -> None:
    async with scene("binanceusdm") as one:
        answer(one, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}, status=401)
        with pytest.raises(AuthFailed):
            await asked(one)
        one.fault(on="rest", kind="status", match="apiRestrictions", status=503, count=9)
        with pytest.raises(VenueUnavailable):
            await asked(one)


BYBIT = {"readOnly": 0, "permissions": {"ContractTrade": ["Order", "Position"], "Wallet": []}, "ips": ["10.0.0.1"]}


@pytest.mark.parametrize(
    ("changed", "found", "value"),
    [
        ({}, "can_withdraw", False),
        ({"permissions": {"ContractTrade": ["Order"], "Wallet": ["Withdraw"]}}, "can_withdraw", True),
        ({"permissions": {"ContractTrade": ["Order"], "Wallet": ["AccountTransfer"]}}, "can_transfer", True),
        ({"permissions": {"ContractTrade": ["Position"], "Wallet": []}}, "can_trade", False),
        ({"readOnly": 1}, "can_trade", False),
        ({"ips": ["*"]}, "is_bound", False),
    ],
)
async def test_each_right_of_bybit_is_read(changed: dict[str, object], found: str, value: bool) -> None:
    async with scene("bybit") as one:
        one.fault(on="rest", kind="status", match="query-api", status=200, body=bybits({**BYBIT, **changed}))
        assert getattr(await asked(one), found) is value


@pytest.mark.parametrize("field", BYBIT)
async def test_an_answer_of_bybit_that_cannot_be_read_is_no_permission(field: str) -> None:
    async with scene("bybit") as one:
        for told in ({name: value for name, value in BYBIT.items() if name != field}, {**BYBIT, field: "x"}):
            one.fault(on="rest", kind="status", match="query-api", status=200, body=bybits(told))
            with pytest.raises(BadMessage, match="permissions of the key"):
                await asked(one)


def bybits(result: object) -> str:
    return json.dumps({"retCode": 0, "retMsg": "", "result": result, "retExtInfo": {}, "time": 1})


async def test_upbit_does_not_tell() -> None:
    async with scene("upbit") as one:
        assert one.venue.permissions is None
        assert await ask_permissions(one.venue) == Permissions()


async def test_the_test_environment_has_nobody_to_ask() -> None:
    venue = made("binanceusdm", Mode.TESTNET, account=account())
    assert await ask_permissions(venue) == Permissions()
    await venue.close()


async def test_without_an_account_there_is_no_key() -> None:
    venue = made("binanceusdm", Mode.LIVE)
    assert venue.permissions is None
    await venue.close()
