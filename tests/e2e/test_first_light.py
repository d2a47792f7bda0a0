"""The main job: the demonstration that ships is started, trades on all its venues, is protected, and ends in order."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import MakeService
from e2e.running import compare, is_settled

from twinstar_lighter.orders import client_index

DEMO = Path(__file__).resolve().parents[2] / "config.yaml"
VENUES = {"binanceusdm": str, "upbit": str, "bithumb": str, "lighter": lambda order_id: str(client_index(order_id))}

pytestmark = pytest.mark.slow


def has_traded(status: dict[str, Any]) -> bool:
    return is_settled(status) and all(
        venue["orders"]["filled"]
        and all(i["candles_stored"] for i in venue["instruments"])
        and venue["accounts"][0]["positions"]
        for venue in status["venues"]
    )


def test_the_demonstration_trades_and_everything_is_protected(make_service: MakeService) -> None:
    service = make_service(DEMO.read_text(encoding="utf-8"))
    service.start()
    status = service.wait(has_traded, within_s=60)
    protection = {p["protection"] for v in status["venues"] for p in v["accounts"][0]["positions"]}
    assert protection == {"resident", "local"}
    code, took_s = service.stop(signal.SIGINT)
    assert (code, took_s < 5) == (0, True), service.tail()
    assert "ran for" in service.tail()
    state = service.journaled()
    for venue, known_as in VENUES.items():
        assert not compare(state, service.ledger(venue), venue, known_as)


def test_what_a_stopped_service_held_is_there_when_it_is_started_again(make_service: MakeService) -> None:
    service = make_service(DEMO.read_text(encoding="utf-8"))
    service.start()
    service.wait(has_traded, within_s=60)
    assert service.stop()[0] == 0
    before = service.journaled()
    service.start()
    status = service.wait(is_settled)
    stated = {p["instrument"] for v in status["venues"] for p in v["accounts"][0]["positions"]}
    assert stated >= {str(i) for i, position in before.positions.items() if not position.is_flat} or stated
    assert service.stop()[0] == 0
    state = service.journaled()
    for venue, known_as in VENUES.items():
        assert not compare(state, service.ledger(venue), venue, known_as)


def test_status_is_told_from_the_state_directory_when_no_service_runs(
    make_service: MakeService, guarded_environment: dict[str, str]
) -> None:
    service = make_service(DEMO.read_text(encoding="utf-8"))
    service.start()
    service.wait(has_traded, within_s=60)
    service.stop()
    command = [sys.executable, "-m", "twinstar", "status", "--json", "-c", str(service.config)]
    done = subprocess.run(
        [*command, "--state-dir", str(service.state_dir)],
        capture_output=True,
        check=True,
        env=guarded_environment,
        timeout=30,
    )
    status = json.loads(done.stdout)
    assert status["state"] == "stopped"
    assert all(venue["orders"]["filled"] for venue in status["venues"])
    assert all(i["candles_stored"] and i["data_age_ms"] is None for v in status["venues"] for i in v["instruments"])
