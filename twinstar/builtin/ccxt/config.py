"""What config.yaml may say of a ccxt venue."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from twinstar.config import Model, SecretRef, VenueConfig

SHOWN_WITHIN_MS = 1_000  # past the receive window, an order that arrived can be asked for


class CcxtAccount(Model):
    """Keys are references (``env:NAME``, ``file:PATH``); they need the right to trade, never the right to withdraw."""

    api_key: SecretRef
    secret: SecretRef
    password: SecretRef | None = None
    uid: SecretRef | None = None


class CcxtConfig(VenueConfig):
    exchange: str | None = None  # ccxt's id; by default the name of this section
    account: CcxtAccount | None = None  # without one: market data only
    leverage: Annotated[int, Field(ge=1, le=125)] | None = None  # set at the start; perpetuals only
    margin_mode: Literal["cross", "isolated"] | None = None  # set at the start; perpetuals only
    recv_window_ms: Annotated[int, Field(ge=500, le=60_000)] = 5_000  # the venue refuses an order that is older
    visibility_ms: Annotated[int, Field(ge=500, le=600_000)] | None = None  # how long it may take to show an order
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    options: Annotated[dict[str, Any], Field(default_factory=dict)]  # ccxt's own options of this exchange

    @property
    def shown_within_ms(self) -> int:
        return self.visibility_ms or self.recv_window_ms + SHOWN_WITHIN_MS
