"""The main job: the demonstration that ships is started, trades on all its venues, is protected, and ends in order."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import services
from e2e.running import Service, compare, is_settled
from msgspec import Struct
from network_guard import child_environment

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


class Ran(Struct, frozen=True):
    """The demonstration, once it has traded and been stopped, and what it said meanwhile."""

    service: Service
    status: dict[str, Any]
    code: int
    stopping_s: float
    tail: str


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    place = tmp_path_factory.mktemp("demonstration")
    with child_environment(place / "guard") as environment, services(place, environment) as make:
        service = make(DEMO.read_text(encoding="utf-8"))
        service.start()
        status = service.wait(has_traded, within_s=60)
        code, stopping_s = service.stop(signal.SIGINT)
        yield Ran(service, status, code, stopping_s, service.tail())


def the_books_are_equal(service: Service) -> None:
    state = service.journaled()
    for venue, known_as in VENUES.items():
        assert not compare(state, service.ledger(venue), venue, known_as)


def test_the_demonstration_trades_and_everything_is_protected(ran: Ran) -> None:
    protection = {p["protection"] for v in ran.status["venues"] for p in v["accounts"][0]["positions"]}
    assert protection == {"resident", "local"}
    assert (ran.code, ran.stopping_s < 5) == (0, True), ran.tail
    assert "ran for" in ran.tail
    the_books_are_equal(ran.service)


def test_status_is_told_from_the_state_directory_when_no_service_runs(
    ran: Ran, guarded_environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "twinstar", "status", "--json", "-c", str(ran.service.config)]
    done = subprocess.run(
        [*command, "--state-dir", str(ran.service.state_dir)],
        capture_output=True,
        check=True,
        env=guarded_environment,
        timeout=30,
    )
    status = json.loads(done.stdout)
    assert status["state"] == "stopped"
    assert all(venue["orders"]["filled"] for venue in status["venues"])
    assert all(i["candles_stored"] and i["data_age_ms"] is None for v in status["venues"] for i in v["instruments"])


def test_what_a_stopped_service_held_is_there_when_it_is_started_again(ran: Ran) -> None:
    before = ran.service.journaled()
    ran.service.start()
    status = ran.service.wait(is_settled)
    stated = {p["instrument"] for v in status["venues"] for p in v["accounts"][0]["positions"]}
    assert stated >= {str(i) for i, position in before.positions.items() if not position.is_flat} or stated
    assert ran.service.stop()[0] == 0
    the_books_are_equal(ran.service)
