"""What config.yaml may say of Lighter, and what each tier is metered by."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

import twinstar as ts
from twinstar.plugin.metering import account_key
from twinstar_lighter.config import LighterConfig
from twinstar_lighter.hook import limits
from twinstar_lighter.rest import BY_ACCOUNT

BY_ADDRESS = {"requests_1m": 60, "weight_1m": 24_000}


def config(**more: Any) -> LighterConfig:
    usual = {"type": "lighter", "mode": "testnet", "instruments": ["ETH/USDC:USDC"]}
    return LighterConfig.model_validate({**usual, **more})


def account(slot: int, **more: Any) -> dict[str, Any]:
    return {"index": 123_456, "keys": [{"index": slot, "private_key": "env:LIGHTER_TEST_KEY"}], **more}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTER_TEST_KEY", "ab" * 40)


@pytest.mark.parametrize("slot", [4, 254])
def test_a_slot_of_ones_own_is_taken(slot: int) -> None:
    told = config(account=account(slot)).account
    assert told is not None
    assert told.keys[0].index == slot
    assert "ab" * 40 not in repr(told)


@pytest.mark.parametrize("slot", [0, 3, 255])
def test_a_slot_of_the_front_ends_or_of_all_is_refused(slot: int) -> None:
    with pytest.raises(ValidationError, match="index"):
        config(account=account(slot))


def test_two_services_with_different_slots_of_one_account_want_the_same_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def lock(slot: int, **more: Any) -> str | None:
        monkeypatch.setenv("LIGHTER_TEST_KEY", f"{slot:02x}" * 40)
        told = config(account=account(slot, **more))
        return account_key(limits("lighter", told), told, None)

    assert lock(4) == lock(5) != lock(4, index=123_457)
    assert account_key(limits("lighter", config()), config(), None) is None, "market data alone takes no lock"


@pytest.mark.parametrize("percent", ["0", "-1", "50.01", "NaN"])
def test_a_stop_has_some_room_and_at_most_half_its_price(percent: str) -> None:
    with pytest.raises(ValidationError, match="stop_slippage_percent"):
        config(stop_slippage_percent=percent)
    assert config().stop_slippage_percent > config().slippage_percent


@pytest.mark.parametrize("word", ["l1_private_key", "wallet_key", "secret", "builder_fee"])
def test_no_key_of_a_wallet_and_no_fee_for_others_can_be_named(word: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        config(account=account(4, **{word: "env:LIGHTER_TEST_KEY"}))


def test_an_account_without_a_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="keys"):
        config(account={"index": 1, "keys": []})


def test_one_slot_twice_is_refused_because_its_two_keys_would_spend_the_same_nonces() -> None:
    twice = [{"index": slot, "private_key": "env:LIGHTER_TEST_KEY"} for slot in (4, 5, 4)]
    with pytest.raises(ValidationError, match="slot 4 is named twice"):
        config(account={"index": 1, "keys": twice})


@pytest.mark.parametrize(
    ("tier", "caps"),
    [
        ("standard", {"account_requests_1m": 60, "account_weight_1m": 24_000, "send_1m": 60}),
        ("plus", {"account_requests_1m": 20_000, "account_weight_1m": 120_000, "send_1m": 8_000}),
        ("premium", {"account_requests_1m": 4_000, "account_weight_1m": 24_000, "send_1m": 4_000}),
    ],
)
def test_each_tier_has_the_caps_that_the_venue_documents(tier: str, caps: dict[str, float]) -> None:
    told = limits("lighter", config(tier=tier))
    assert {quota.name: quota.cap for quota in told.quotas if quota.name.endswith("_1m")} == {
        **BY_ADDRESS,
        "settings_1m": 40,
        **caps,
    }
    assert all(quota.source is not None for quota in told.quotas)
    charged = {charge.quota for charge in ts.Tariff(told).charges("GET /api/v1/trades")}
    assert charged == BY_ADDRESS.keys() == BY_ACCOUNT.keys()
    assert {*BY_ACCOUNT.values()} < caps.keys()
