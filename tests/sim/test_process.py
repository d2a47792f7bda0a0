"""The simulated exchange as a process of its own: found, shared, ended, started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from twinstar.config import Config
from twinstar.errors import ConfigError, StateError
from twinstar.sim.ledger import read_ledger
from twinstar.sim.process import serve
from twinstar.sim.served import SimFile, read

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from twinstar.config import Config
from twinstar.sim.process import serve
config = Config.model_validate(json.loads(sys.argv[2]))
wires = {"binanceusdm": "binanceusdm", "upbit": "upbit"}
asyncio.run(serve(config, Path(sys.argv[1]), venue_wires=wires, announce=lambda file: print(file.pid, flush=True)))
"""
SECTIONS = {
    "binanceusdm": {
        "mode": "sim",
        "instruments": ["BTC/USDT:USDT"],
        "sim": {"balances": {"USDT": "5000"}},
    },
    "upbit": {"mode": "sim", "instruments": ["BTC/KRW"], "sim": {"balances": {"KRW": "1000000"}}},
}


def sections(**sim: Any) -> dict[str, Any]:
    return {"venues": SECTIONS, "sim": {"history": 5, **sim}}


@contextmanager
def served(directory: Path, environment: dict[str, str], **sim: Any) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(directory), json.dumps(sections(**sim))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert process.stdout.readline().strip() == str(process.pid), process.stderr.read()
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def found(directory: Path) -> SimFile:
    file = read(directory)
    assert file is not None
    return file


async def asked(port: int, path: str) -> Any:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}{path}") as answer:
        return await answer.json()


@pytest.mark.slow
def test_it_is_found_by_its_file_ends_on_sigterm_and_keeps_keys_and_ports(
    tmp_path: Path, guarded_environment: dict[str, str]
) -> None:
    with served(tmp_path, guarded_environment) as process:
        first = found(tmp_path)
        assert first.pid == process.pid
        assert all(each.secret not in repr(first) and each.api_key not in repr(first) for each in first.venues.values())
        assert stat.S_IMODE((tmp_path / "sim.json").stat().st_mode) == 0o600
        time_ms = asyncio.run(asked(first.venues["binanceusdm"].port, "/fapi.binance.com/fapi/v1/time"))
        assert abs(time_ms["serverTime"] - time.time() * 1000) < 5_000
        with pytest.raises(StateError, match=f"process {process.pid} serves the simulated exchange"):
            asyncio.run(serve(Config.model_validate(sections()), tmp_path, venue_wires={}))
        before = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert time.monotonic() - before < 10
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert found(tmp_path).pid is None
    assert found(tmp_path).venues == first.venues
    assert read_ledger(tmp_path / "upbit.ledger.jsonl").balances["KRW"].total == 1_000_000
    with served(tmp_path, guarded_environment) as again:
        assert found(tmp_path) == SimFile(again.pid, first.venues)
        again.send_signal(signal.SIGINT)
        assert again.wait(5) == 0


@pytest.mark.slow
def test_nobody_who_comes_means_it_ends_by_itself(tmp_path: Path, guarded_environment: dict[str, str]) -> None:
    with served(tmp_path, guarded_environment, linger_s=0.3) as process:
        assert process.wait(5) == 0


@pytest.mark.slow
def test_after_a_kill_the_lock_is_free_and_the_file_is_taken_over(
    tmp_path: Path, guarded_environment: dict[str, str]
) -> None:
    with served(tmp_path, guarded_environment) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with served(tmp_path, guarded_environment) as again:
        assert found(tmp_path).pid == again.pid


@pytest.mark.parametrize(
    ("section", "wire", "words"),
    [
        ({"instruments": ["BTC/USDT:USDT"]}, "nowhere", "venues.x: there is no simulated 'nowhere'"),
        ({"instruments": ["PEPE/MOON"]}, "upbit", "PEPE/MOON"),
        ({"instruments": ["BTC/KRW"], "sim": {"balances": {"KRW": -1}}}, "upbit", "venues.x.sim.balances.KRW"),
        ({"instruments": ["X/KRW"], "sim": {"made_up": True}}, "upbit", "lists only what it knows"),
        ({"instruments": ["X/KRW"], "sim": {"made_up": True}}, "binanceusdm", "BASE/USDT:USDT"),
    ],
)
def test_a_config_that_cannot_be_simulated_is_refused(
    tmp_path: Path, section: dict[str, Any], wire: str, words: str
) -> None:
    config = Config.model_validate({"venues": {"x": {"mode": "sim", **section}}})
    with pytest.raises(ConfigError, match=words):
        asyncio.run(serve(config, tmp_path, venue_wires={"x": wire}))


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "sim.json").write_text("{")
    with pytest.raises(StateError, match="delete it"):
        read(tmp_path)
