"""One figure a line, as JSON, so that a script can read what a person reads."""

from __future__ import annotations

import json
from typing import Any


def show(
    name: str, *, ours: float, other: float | None = None, unit: str, more_is_better: bool = False, **more: Any
) -> None:
    """``ratio`` says how many times better we are than the other; both are null where there is nothing to compare."""
    ratio = None
    if other is not None:
        ratio = round(ours / other if more_is_better else other / ours, 3)
        other = round(other, 4)
    print(
        json.dumps({"name": name, "ours": round(ours, 4), "other": other, "unit": unit, "ratio": ratio, **more}),
        flush=True,
    )
