"""The guard guards: in this process, in asyncio and its threads, in children, and even when its word is swallowed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import network_guard
import pytest
from network_guard import OutsideNetwork

AWAY = "192.0.2.1"  # of a block that belongs to nobody, should the guard ever fail
TESTS = Path(network_guard.__file__).parent
LEAVE = f"import socket; socket.create_connection(('{AWAY}', 9), timeout=0.1)"


@contextlib.contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(OutsideNetwork, match="stay on 127"):
        yield
    assert network_guard.attempts
    network_guard.attempts.clear()


def tcp() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def udp() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


# Each with a stack that closes what it opens.
WAYS_OUT: dict[str, Callable[[contextlib.ExitStack], object]] = {
    "connect": lambda stack: stack.enter_context(tcp()).connect((AWAY, 9)),
    "connect_ex": lambda stack: stack.enter_context(tcp()).connect_ex((AWAY, 9)),
    "IPv6": lambda stack: stack.enter_context(socket.socket(socket.AF_INET6)).connect(("2001:db8::1", 9)),
    "a private address": lambda stack: stack.enter_context(tcp()).connect(("10.0.0.1", 9)),
    "a datagram": lambda stack: stack.enter_context(udp()).sendto(b"x", (AWAY, 9)),
    "a message": lambda stack: stack.enter_context(udp()).sendmsg([b"x"], (), 0, (AWAY, 9)),
    "looking up a name": lambda _: socket.getaddrinfo("api.venue.example", 443),
    "looking up a name given as bytes": lambda _: socket.getaddrinfo(b"api.venue.example", 443),
    "looking up a name the old way": lambda _: socket.gethostbyname("api.venue.example"),
    "letting others in": lambda stack: stack.enter_context(tcp()).bind(("0.0.0.0", 0)),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_no_way_out_of_this_process(way: str):
    with contextlib.ExitStack() as stack, refused():
        WAYS_OUT[way](stack)


async def test_no_way_out_by_asyncio_whose_lookups_run_in_a_thread():
    with refused():
        await asyncio.get_running_loop().getaddrinfo("api.venue.example", 443)
    with refused():
        await asyncio.open_connection(AWAY, 443)


@pytest.mark.parametrize("url", ["https://api.venue.example/v1", f"http://{AWAY}/v1", f"ws://{AWAY}/ws"])
async def test_no_way_out_by_the_client_that_ccxt_uses(url: str):
    async with aiohttp.ClientSession() as session:
        with refused():
            await session.get(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.8.7", "localhost"])
def test_this_machine_stays_open(host: str):
    with socket.create_server(("127.0.0.1" if host == "localhost" else host, 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=1).close()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets on this system")
def test_unix_sockets_stay_open(tmp_path: Path):
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))


def test_a_test_fails_that_swallows_the_refusal(tmp_path: Path):
    shutil.copy(TESTS / "conftest.py", tmp_path)
    (tmp_path / "test_sly.py").write_text(
        f"def test_sly():\n    try:\n        {LEAVE}\n    except BaseException:\n        pass\n", encoding="utf-8"
    )
    path = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert "ERROR test_sly.py::test_sly - AssertionError: something tried to leave" in run.stdout


def test_a_child_process_and_its_child_have_the_guard(guarded_environment: dict[str, str], tmp_path: Path):
    grandchild = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {LEAVE!r}]))"
    for program in (LEAVE, grandchild):
        child = subprocess.run(
            [sys.executable, "-c", program],
            env=guarded_environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert child.returncode == 1
        assert "OutsideNetwork" in child.stderr
    report = tmp_path / "guard" / "attempts.txt"
    assert len(report.read_text(encoding="utf-8").splitlines()) == 2
    report.unlink()  # provoked on purpose; left there it would fail this test
