"""Secrets are planted, a real service is run with them, and everything it said and kept is searched."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from cli import leaky
from installing import install

DEMO = Path(__file__).resolve().parents[2] / "config.yaml"
CANARY = "canary/5f+1e0c77abd94e"
TRACES = (  # of the secret and of what was signed with it, whole or in part
    CANARY,
    "5f+1e0c77abd94e",
    quote(CANARY, safe=""),
    base64.b64encode(CANARY.encode()).decode().rstrip("=")[:-1],
    base64.b64encode(b"k:" + CANARY.encode()).decode()[4:-4],
    "5ca1ab1e",
)

pytestmark = pytest.mark.slow


@pytest.fixture
def twinstar(tmp_path, guarded_environment):
    """``twinstar(arguments) -> (exit code, all that was said)``, with the leaky plugin installed and its key set."""
    site = install(tmp_path / "site", Path(leaky.__file__))
    path = os.pathsep.join([guarded_environment["PYTHONPATH"], str(site)])
    environment = {**guarded_environment, "PYTHONPATH": path, "CANARY_KEY": CANARY}

    def call(*arguments):
        command = [sys.executable, "-m", "twinstar", *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    return call


def configured(directory, fails, log="human"):
    path = directory / "config.yaml"
    path.write_text(
        "venues:\n"
        f"  v: {{type: leaky, mode: testnet, instruments: [BTC/USDT], api_key: 'env:CANARY_KEY', fails: {fails}}}\n"
        f"log: {{level: TRACE, format: {log}, file: state/twinstar.log}}\n"
    )
    return path


def traces_in(said, directory):
    """Where anything secret was found: in what was said, or in a file of the state (journal, candles, logs)."""
    kept = {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    texts = {"what was said": said.encode(), **kept}
    return [(where, trace) for where, text in texts.items() for trace in TRACES if trace.encode() in text]


@pytest.mark.parametrize(
    ("fails", "code", "log"), [("never", 0, "json"), ("refused", 0, "human"), ("bug", 1, "human"), ("bug", 1, "json")]
)
def test_a_plugin_that_tells_its_key_in_every_way_is_not_heard(fails, code, log, twinstar, tmp_path):
    config = configured(tmp_path, fails, log)
    (tmp_path / "state").mkdir()
    ended, said = twinstar("start", "--for", "2s", "-c", config)
    assert ended == code, said
    assert "***" in said
    logged = (tmp_path / "state/twinstar.log").read_text()
    assert "made with *** and LeakyConfig" in logged
    assert ("no idea what to do with ***" in logged) == (fails == "bug")
    for command in ("status", "check"):
        said += twinstar(command, "--json", "-c", config)[1]
    assert traces_in(said, tmp_path / "state") == []


def test_the_simulated_venues_neither_need_nor_read_the_keys_of_their_accounts(twinstar, tmp_path):
    config = tmp_path / "config.yaml"
    account = "    account: {api_key: 'env:CANARY_KEY', secret: 'env:NOT_SET_HERE'}\n    sim:\n"
    config.write_text(DEMO.read_text(encoding="utf-8").replace("    sim:\n", account, 1))
    code, said = twinstar("start", "--dry-run", "-vv", "-c", config)
    assert code == 0, said
    assert CANARY not in said


def test_what_signs_the_requests_of_a_real_service_is_nowhere_but_in_the_file_it_came_from(make_service):
    service = make_service(DEMO.read_text(encoding="utf-8").replace("level: INFO", "level: TRACE"))
    service.start("-vv")
    status = service.wait(lambda now: any(venue["orders"]["filled"] for venue in now["venues"]))
    keys = json.loads((service.state_dir / "sim/sim.json").read_text())["venues"]
    secrets = [venue[name] for venue in keys.values() for name in ("api_key", "secret")]
    assert service.stop()[0] == 0
    files = [
        path for path in service.state_dir.rglob("*") if path.is_file() and path.name not in ("sim.json", "sim.log")
    ]
    texts = [json.dumps(status).encode(), service.log.read_bytes(), *(path.read_bytes() for path in files)]
    assert [secret for secret in secrets for text in texts if secret.encode() in text] == []
