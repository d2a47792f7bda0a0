"""Two services and one account: the second does not begin, and the first notices when its lock is taken away."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e.conftest import MakeService
from e2e.running import Service

QUIET = """
version: "1"
venues:
  binanceusdm:
    mode: sim
    instruments: [BTC/USDT:USDT]
    sim: {balances: {USDT: 100000}}
sim: {seed: 3, speed: 60, history: 60}
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def accounts(tmp_path: Path, guarded_environment: dict[str, str]) -> Path:
    guarded_environment["TWINSTAR_RUNTIME_DIR"] = str(tmp_path / "run")
    return tmp_path / "run" / "accounts"


@pytest.fixture
def first(make_service: MakeService, accounts: Path) -> Service:
    """It runs, on an exchange that it will leave running, as one that was started by hand."""
    service = make_service(QUIET)
    service.start()
    service.wait(lambda status: status["venues"][0]["state"] == "live")
    (service.state_dir / "sim" / "started-by-service").unlink()
    return service


def test_the_second_is_refused_at_once_by_name_and_does_no_harm(first: Service, make_service: MakeService) -> None:
    second = make_service(QUIET, "second")
    second.state_dir.mkdir()
    (second.state_dir / "sim").symlink_to(first.state_dir / "sim")  # the same exchange, so the same account
    second.start()
    assert second.ended() == 7
    assert "binanceusdm: another TwinStar trades on this account: process" in second.tail()
    assert f"state in {first.state_dir}" in second.tail()
    first.wait(lambda status: status["venues"][0]["state"] == "live")
    first.kill()
    second.start()
    second.wait(lambda status: status["venues"][0]["state"] == "live")  # nothing of the dead one's is in its way


def test_a_lock_that_is_replaced_under_a_running_service_ends_its_entries(first: Service, accounts: Path) -> None:
    (lock,) = accounts.iterdir()
    other = lock.with_name("other")
    other.write_bytes(lock.read_bytes())
    other.replace(lock)
    status = first.wait(lambda status: any("was replaced" in notice["text"] for notice in status["notices"]))
    assert [notice["level"] for notice in status["notices"]].count("alarm") == 1
    assert first.stop()[0] == 0
    halt = first.journaled().halt("binanceusdm")
    assert halt is not None
    assert "was replaced" in halt.reason
