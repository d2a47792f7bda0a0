"""The simulated exchange as the service starts it: a process of its own, which a killed service leaves running."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from twinstar.errors import StateError
from twinstar.sim.served import LOCK, Served, SimFile, read

START_WITHIN_S = 30.0
STOP_WITHIN_S = 1.5
_LOOK_EVERY_S = 0.02


@asynccontextmanager
async def launched(config: Path, state_dir: Path, venues: frozenset[str]) -> AsyncIterator[Mapping[str, Served]]:
    """Start the simulated exchange, or find the one that a killed service left running.

    It is ended with the block, whoever started it, unless it was started by hand (``twinstar sim``).
    """
    directory = state_dir / "sim"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    ours = directory / "started-by-service"
    found = announced(directory)
    process: asyncio.subprocess.Process | None = None
    if found is None or not venues <= found.venues.keys():
        process = await _start(config, state_dir, directory)
        ours.write_text(str(process.pid))
        found = await _wait_for(directory, process)
    try:
        yield found.venues
    finally:
        if found.pid is not None and ours.exists() and ours.read_text() == str(found.pid):
            await _end(directory, found.pid, process)
            ours.unlink(missing_ok=True)


def announced(directory: Path) -> SimFile | None:
    """Who serves there now; None when nobody that lives."""
    found = read(directory)
    return found if found is not None and found.pid is not None and _is_served(directory) else None


async def _start(config: Path, state_dir: Path, directory: Path) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "twinstar", "sim", "-c", str(config), "--state-dir", str(state_dir)]
    with (directory / "sim.log").open("ab") as log:
        # A session of its own: Ctrl-C at the service's terminal is not meant for the exchange.
        return await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


async def _wait_for(directory: Path, process: asyncio.subprocess.Process) -> SimFile:
    try:
        async with asyncio.timeout(START_WITHIN_S):
            while True:
                found = announced(directory)
                if found is not None and found.pid == process.pid:
                    return found
                if process.returncode is not None:
                    raise StateError(f"the simulated exchange ended at once; see {directory / 'sim.log'}")
                await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError:
        process.kill()
        raise StateError(
            f"the simulated exchange did not come up in {START_WITHIN_S:.0f} s; see {directory / 'sim.log'}"
        ) from None


async def _end(directory: Path, pid: int, process: asyncio.subprocess.Process | None) -> None:
    with suppress(ProcessLookupError, TimeoutError):
        os.kill(pid, signal.SIGTERM)
        async with asyncio.timeout(STOP_WITHIN_S):
            if process is not None:
                await process.wait()
            while _is_served(directory):  # noqa: ASYNC110 - a process of another parent tells nobody
                await asyncio.sleep(_LOOK_EVERY_S)


def _is_served(directory: Path) -> bool:
    """Whoever serves holds the lock; a pid alone may be anybody's by now."""
    try:
        with (directory / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
