"""The demonstration's own outage: the log and the live screen say lost, gap, filled, back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import MakeService

DEMO = Path(__file__).resolve().parents[2] / "config.yaml"
SCRIPT = "{after_s: 45, venue: binanceusdm, kind: close, lasts_s: 8}"
STORY = ("stream lost: ", "gap of ", "gap of ", "streams are back after ")

pytestmark = pytest.mark.slow


def told(status: dict[str, Any]) -> list[str]:
    lines = [notice["text"] for notice in status["notices"] if notice["venue"] == "binanceusdm"]
    return [line for line in lines if line.startswith(STORY)]


def test_the_scripted_disconnect_is_told_from_its_loss_to_its_end(make_service: MakeService) -> None:
    demo = DEMO.read_text(encoding="utf-8")
    assert SCRIPT in demo
    service = make_service(demo.replace("after_s: 45", "after_s: 10"))
    service.start()
    status = service.wait(lambda status: any(line.startswith(STORY[-1]) for line in told(status)))
    for line, beginning in zip(told(status), STORY, strict=True):
        assert line.startswith(beginning)
    assert all(line.endswith("filled from REST") for line in told(status) if line.startswith("gap of "))
    log = service.log.read_text(encoding="utf-8")
    at = [log.index(line) for line in told(status)]
    assert at == sorted(at)
    assert not any(instrument["candles_missing"] for venue in status["venues"] for instrument in venue["instruments"])
    assert service.stop()[0] == 0
