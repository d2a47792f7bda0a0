"""Packages of strangers: installed by pip, found by their entry point, and nobody's trouble when they are broken."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

HERE = Path(__file__).resolve().parent
FIRST_MS = 1_700_000_040_000
FRAMES = (
    '{"t":"trade","p":"1.10","q":"2","s":"buy","T":1700000040000}',
    "<html>not a frame</html>",
    '{"t":"trade","p":"NaN","q":"2","s":"buy","T":1700000050000}',
    *(
        json.dumps({"t": "candle", "o": "1.10", "h": "1.30", "l": "1.05", "c": "1.20", "v": "9", "T": open_ms})
        for open_ms in range(FIRST_MS, FIRST_MS + 3 * 60_000, 60_000)
    ),
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip put both distributions. Their dependencies are here already, so nothing is fetched."""
    target = tmp_path_factory.mktemp("third_party")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    only_these = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(target)]
    subprocess.run([*pip, *only_these, str(HERE / "twinstar_acme"), str(HERE / "twinstar_broken")], check=True)
    return target


@pytest.fixture
def environment(installed: Path, guarded_environment: dict[str, str]) -> dict[str, str]:
    return {**guarded_environment, "PYTHONPATH": os.pathsep.join([guarded_environment["PYTHONPATH"], str(installed)])}


async def twinstar(environment: dict[str, str], *arguments: str | Path) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "twinstar",
        *map(str, arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def acme_exchange() -> AsyncIterator[str]:
    """On loopback, to whoever asks for an instrument: all frames, then silence."""

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for frame in FRAMES:
            await socket.send_str(frame)
        await socket.receive()
        return socket

    application = web.Application()
    application.router.add_get("/{symbol}", talk)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def write_config(path: Path, url: str, **more: Any) -> Path:
    venue = {"type": "acme", "mode": "testnet", "url": url, "instruments": ["BTC/USD"]}
    config = {"version": "1", "state_dir": str(path / "state"), "venues": {"acme": venue}, **more}
    file = path / "config.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
    return file


async def test_both_plugins_are_listed_and_the_broken_one_says_why(environment: dict[str, str]):
    code, out, err = await twinstar(environment, "plugins", "--json")
    assert code == 0, err
    plugins = {plugin["name"]: plugin for plugin in json.loads(out)["plugins"]}
    acme, broken = plugins["acme"], plugins["broken"]
    assert (acme["version"], acme["provenance"], acme["error"]) == ("0.1", "twinstar-acme", None)
    assert acme["hooks"] == ["twinstar_register"]
    assert (broken["version"], broken["hooks"]) == ("0.3", [])
    assert "written for another TwinStar" in broken["error"]


async def test_a_strangers_venue_is_listened_to_while_the_broken_plugin_stops_nobody(
    environment: dict[str, str], tmp_path: Path
):
    async with acme_exchange() as url:
        config = write_config(tmp_path, url)
        code, _, err = await twinstar(environment, "start", "-c", config, "--for", "4s")
        assert code == 0, err
    code, out, err = await twinstar(environment, "status", "-c", config, "--json")
    assert code == 0, err
    (venue,) = json.loads(out)["venues"]
    (instrument,) = venue["instruments"]
    assert (venue["id"], venue["type"], instrument["id"]) == ("acme", "acme", "BTC/USD@acme")
    assert (instrument["candles_stored"], instrument["last_closed_ms"]) == (3, FIRST_MS + 2 * 60_000)


async def test_a_stranger_is_told_which_tier_his_venue_has_reached(environment: dict[str, str], tmp_path: Path):
    code, out, err = await twinstar(environment, "conformance", "acme", "--json")
    report = json.loads(out)
    assert code == 0, err
    assert (report["tier"], report["failed"]) == ("bronze", 0)
    assert report["passed"] + report["exempt"] == len(report["cases"])


async def test_the_strangers_own_test_is_a_subclass_of_three_lines(environment: dict[str, str], tmp_path: Path):
    tests = HERE / "twinstar_acme" / "tests"
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            f"--rootdir={tests}",
            tests,
        ),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, out.decode()


async def test_a_start_that_requires_the_broken_plugin_is_refused_and_says_why(
    environment: dict[str, str], tmp_path: Path
):
    config = write_config(tmp_path, "ws://127.0.0.1:9", plugins={"required": ["broken"]})
    code, _, err = await twinstar(environment, "start", "-c", config, "--for", "4s")
    assert code != 0
    assert "broken" in err
    assert "written for another TwinStar" in err
