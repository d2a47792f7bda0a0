"""What config.yaml may say of a Lighter venue, besides what it may say of any."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

import twinstar as ts

Tier = Literal["standard", "plus", "premium"]
Slot = Annotated[int, Field(ge=4, le=254)]  # below are those of the venue's own front ends, 255 means all


class LighterKey(ts.Model):
    """An API key of the account: never the key of the wallet that owns it."""

    index: Slot
    """The key's slot, 4 to 254."""
    private_key: ts.SecretRef
    """80 hexadecimal digits, by reference: env:NAME or file:PATH."""


class LighterAccount(ts.Model):
    """Whose orders they are, and what signs them."""

    index: Annotated[int, Field(ge=0, lt=2**48)]
    """The account's number, as the venue's pages show it."""
    keys: Annotated[tuple[LighterKey, ...], Field(min_length=1, max_length=16)]
    """Several are used side by side: each sends one order at a time."""

    @field_validator("keys")
    @classmethod
    def _each_slot_once(cls, keys: tuple[LighterKey, ...]) -> tuple[LighterKey, ...]:
        for slot, times in Counter(key.index for key in keys).items():
            if times > 1:
                raise ValueError(f"slot {slot} is named twice; name each slot once, with its own key")
        return keys


class LighterConfig(ts.VenueConfig):
    account: LighterAccount | None = None
    """Without one: market data only."""
    tier: Tier = "standard"
    """The account's, which the venue's limits depend on."""
    leverage: Annotated[int, Field(ge=1, le=100)] | None = None
    """Set at the start; None: whatever the account has."""
    margin_mode: Literal["cross", "isolated"] = "cross"
    """With leverage."""
    slippage_percent: Annotated[Decimal, Field(gt=0, le=10)] = Decimal(1)
    """The worst that a market order may be filled at, from the best offer, and a take-profit from its own price."""
    stop_slippage_percent: Annotated[Decimal, Field(gt=0, le=50)] = Decimal(5)
    """The worst that a stop may be filled at, from its own price: where the price jumps further, nothing of it is."""
    signer_library: Path | None = None
    """The native signer; by default one that was fetched, or that of an installed lighter-sdk."""
    verdict_within_s: Annotated[float, Field(gt=0, le=60)] = 3.0
    """How long to wait for what became of an order that the venue has taken, before it counts as in doubt."""
    visibility_ms: Annotated[int, Field(ge=500, le=700_000)] = 15_000
    """How long the venue may take to show an order."""
    send_over: Literal["socket", "rest"] = "socket"
    """How orders leave while the account's line stands; without it always over rest."""
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    """Of a request."""

    @property
    def account_name(self) -> str | None:
        """One account has many slots: whoever signs with another is not another."""
        return None if self.account is None else str(self.account.index)
