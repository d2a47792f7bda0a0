"""A key that may withdraw: no service begins with it, and the exit code says that it was the key."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from e2e.conftest import MakeService
from e2e.running import Service
from e2e.test_two_services import QUIET

pytestmark = pytest.mark.slow

TOLD = {
    "ipRestrict": True,
    "enableFutures": True,
    "enableWithdrawals": True,
    "enableInternalTransfer": False,
    "permitsUniversalTransfer": False,
}


@pytest.fixture
def service(make_service: MakeService) -> Service:
    """It has run and left its exchange running, where the key may withdraw by now."""
    service = make_service(QUIET)
    service.start()
    service.wait(lambda status: status["venues"][0]["state"] == "live")
    (service.state_dir / "sim" / "started-by-service").unlink()
    assert service.stop()[0] == 0
    answer = {"on": "rest", "kind": "status", "status": 200, "match": "apiRestrictions", "body": json.dumps(TOLD)}
    service.tell_sim("binanceusdm", "faults", [{**answer, "count": 2}])
    return service


def test_neither_start_nor_check_takes_it(service: Service, guarded_environment: dict[str, str]) -> None:
    before = service.tell_sim("binanceusdm", "state")["requests"]
    service.start()
    assert service.ended() == 4
    assert "binanceusdm: this key may withdraw" in service.tail()
    assert "turn off 'Enable Withdrawals' at the venue" in service.tail()
    after = service.tell_sim("binanceusdm", "state")["requests"]
    changing = {what for what in after if not what.startswith("GET") and after[what] != before.get(what, 0)}
    assert changing == set()  # no setting was changed, no order sent, no stream of the account opened

    command = [sys.executable, "-m", "twinstar", "check", "--json", "-c", str(service.config)]
    done = subprocess.run(
        [*command, "--state-dir", str(service.state_dir)],
        env=guarded_environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    wrong = [finding for finding in json.loads(done.stdout) if not finding["ok"]]
    assert [finding["what"] for finding in wrong] == ["binanceusdm: key"]
