"""What config.yaml may say of a Bithumb venue, besides what it may say of any."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

import twinstar as ts


class BithumbAccount(ts.Model):
    """Keys are references (``env:NAME``, ``file:PATH``); they need the rights to read and to order, no others."""

    api_key: ts.SecretRef
    secret: ts.SecretRef


class BithumbConfig(ts.VenueConfig):
    exchange: ClassVar[str] = "bithumb"  # which wire of the simulated exchange, whatever the section is called

    account: BithumbAccount | None = None
    """Without one: market data only."""
    market_buy_cap: Annotated[Decimal, Field(gt=0, le=1)] = Decimal("0.02")
    """How far above the last price a market buy may go; the venue's own would name an amount of KRW."""
    visibility_ms: Annotated[int, Field(ge=500, le=600_000)] = 6_000
    """How long an order may take to be shown; before that, not found proves nothing."""
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    """How long to wait for an answer."""
