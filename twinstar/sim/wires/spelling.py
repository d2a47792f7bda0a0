"""How wires write numbers and frames."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import json


def text(value: Decimal | None) -> str:
    """Plain digits, as many as the number has."""
    return "0" if value is None else f"{value:f}"


def places(value: Decimal, decimals: int) -> str:
    return f"{value:.{decimals}f}"


def money(value: Decimal) -> str:
    return places(value, 8)


def frame(value: Any) -> str:
    """A text frame."""
    return json.encode(value).decode()
