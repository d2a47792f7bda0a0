"""One figure a line, as JSON, so that a script can read what a person reads."""

from __future__ import annotations

import json
from typing import Any


def show(name: str, *, ours: float, other: float | None = None, unit: str, **more: Any) -> None:
    """``ratio`` is ours divided by the other's."""
    figure: dict[str, Any] = {"name": name, "ours": round(ours, 4)}
    if other is not None:
        figure |= {"other": round(other, 4), "ratio": round(ours / other, 3)}
    print(json.dumps({**figure, "unit": unit, **more}), flush=True)
