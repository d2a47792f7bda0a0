"""The venue takes a transaction at once and carries it out up to 300 ms later; nothing is concluded in between."""

from __future__ import annotations

import msgspec
import pytest

from lighter_shared import INSTALLED, QUALITY
from twinstar.testing.conformance.judging import judged

pytestmark = [
    pytest.mark.usefixtures("native"),
    INSTALLED,
]
LATE = msgspec.structs.replace(QUALITY, wire="late_lighter")


async def test_what_is_carried_out_late_is_neither_lost_nor_taken_for_refused() -> None:
    verdicts = await judged(LATE, ["O1", "D1", "D3", "D6", "D7", "T4", "T7", "A3", "A6"])
    assert [(verdict.key, verdict.reason) for verdict in verdicts if verdict.outcome != "passed"] == []
