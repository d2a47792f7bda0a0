"""The venue takes a transaction at once and carries it out up to 300 ms later; nothing is concluded in between."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import msgspec
import pytest

import twinstar_lighter
from twinstar.testing.conformance.judging import judged
from twinstar.testing.conformance.quality import read_quality

pytestmark = [
    pytest.mark.usefixtures("native"),
    pytest.mark.skipif(
        not entry_points(group="twinstar", name="lighter"), reason="not installed: pip install -e plugins/lighter"
    ),
]
LATE = msgspec.structs.replace(
    read_quality(Path(twinstar_lighter.__file__).with_name("quality.yaml")), wire="late_lighter"
)


async def test_what_is_carried_out_late_is_neither_lost_nor_taken_for_refused() -> None:
    verdicts = await judged(LATE, ["O1", "D1", "D3", "D6", "D7", "T4", "T7", "A3", "A6"])
    assert [(verdict.key, verdict.reason) for verdict in verdicts if verdict.outcome != "passed"] == []
