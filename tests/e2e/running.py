"""A real service in a real process, and the books of both sides after it."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from twinstar.builtin import plugins
from twinstar.domain import OrderKind, OrderStatus
from twinstar.engine import State
from twinstar.plugin import Plugins
from twinstar.ports import Record
from twinstar.runtime.control import NotRunning, call
from twinstar.sim.ledger import LedgerView, read_ledger
from twinstar.sim.model import Status

START_WITHIN_S = 40.0
STOP_WITHIN_S = 10.0


class Service:
    """``twinstar start`` on a configuration, with its state in a directory of its own."""

    def __init__(self, config: Path, state_dir: Path, environment: dict[str, str]) -> None:
        self.config, self.state_dir, self._environment = config, state_dir, environment
        self.log = state_dir.parent / f"{state_dir.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "twinstar", "start", "-c", str(self.config)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--state-dir", str(self.state_dir), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
            )

    def status(self) -> dict[str, Any] | None:
        """What ``twinstar status --json`` prints; None while nobody answers."""
        try:
            return asyncio.run(call(self.state_dir / "service.sock", "status"))
        except (NotRunning, TimeoutError):
            return None

    def wait(
        self, until: Callable[[dict[str, Any]], bool], *, within_s: float = START_WITHIN_S, every_s: float = 0.05
    ) -> dict[str, Any]:
        """The first status that fulfils ``until``."""
        end_s = time.monotonic() + within_s
        status = None
        while time.monotonic() < end_s:
            assert self._process is not None
            assert self._process.poll() is None, f"the service ended:\n{self.tail()}"
            status = self.status()
            if status is not None and until(status):
                return status
            time.sleep(every_s)
        raise AssertionError(f"not within {within_s} s; last seen: {json.dumps(status)}\n{self.tail()}")

    def dies(self, *, within_s: float) -> bool:
        """Whether it came to that by itself; in the end it is dead."""
        assert self._process is not None
        try:
            return self._process.wait(within_s) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            self.kill()
            return False

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """The exit code, and how long it took."""
        assert self._process is not None
        begun_s = time.monotonic()
        self._process.send_signal(how)
        code = self._process.wait(STOP_WITHIN_S)
        return code, time.monotonic() - begun_s

    def ended(self) -> int:
        """The exit code of a service that ends by itself."""
        assert self._process is not None
        return self._process.wait(START_WITHIN_S)

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8").splitlines()[-lines:])

    def end(self) -> None:
        """Whatever state it is in, nothing of it is left running, the simulated exchange included."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        sim = self.state_dir / "sim" / "sim.json"
        pid = json.loads(sim.read_text())["pid"] if sim.exists() else None
        if pid is not None:
            subprocess.run(["kill", str(pid)], check=False, stderr=subprocess.DEVNULL)

    def tell_sim(self, venue: str, path: str, body: object = None) -> Any:
        """Steer the simulated exchange (``halt``, ``go``, ``faults`` …); without a body, ask it."""
        port = json.loads((self.state_dir / "sim" / "sim.json").read_text())["venues"][venue]["port"]
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/_sim/{path}", data=data)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def halt(self, venues: Iterable[str], *, within_s: float = 20.0, known_as: Callable[[str], str] = str) -> None:
        """Stop the markets, and wait until what they did last has come to our books as well."""
        for venue in venues:
            self.tell_sim(venue, "halt", {})
        end_s = time.monotonic() + within_s
        while time.monotonic() < end_s and any(compare(self.journaled(), self.ledger(v), v, known_as) for v in venues):
            time.sleep(0.2)

    def ledger(self, venue: str) -> LedgerView:
        return read_ledger(self.state_dir / "sim" / f"{venue}.ledger.jsonl")

    def journaled(self) -> State:
        """The state that the journal adds up to, read beside the service."""
        state = State()
        for record in self.records():
            state.apply(record)
        return state

    def records(self) -> Iterable[Record]:
        registry = Plugins(plugins(), third_party=False).registry
        return registry.journal_type("sqlite").read(self.state_dir)


def is_live(status: dict[str, Any]) -> bool:
    return all(venue["state"] == "live" for venue in status["venues"])


def is_settled(status: dict[str, Any]) -> bool:
    """Live, no order in doubt, and every position protected."""
    return is_live(status) and all(
        not venue["orders"]["in_doubt"]
        and all(p["protection"] != "none" for account in venue["accounts"] for p in account["positions"])
        for venue in status["venues"]
    )


# Of an order that never came into the book; Lighter takes some and ends them before.
NEVER_IN = (OrderStatus.REJECTED, OrderStatus.SUBMITTED, OrderStatus.EXPIRED)


def compare(state: State, ledger: LedgerView, venue: str, known_as: Callable[[str], str] = str) -> list[str]:
    """Where our books and the exchange's differ. ``known_as``: what an order id of ours is at the venue."""
    differences = []
    ours = {known_as(order_id): order for order_id, order in state.orders.items() if order.instrument.venue == venue}
    for order_id, order in ours.items():
        theirs = ledger.orders_of(order_id)
        if len(theirs) > 1:
            differences.append(f"{order_id} was sent {len(theirs)} times")
        elif not theirs and (order.filled or order.status not in NEVER_IN):
            differences.append(f"{order_id} is {order.status.value} here and unknown there")
        elif theirs and (theirs[0].filled, _word(theirs[0].status)) != (order.filled, _our_word(order.status)):
            differences.append(f"{order_id}: {order.status.value} {order.filled} here, {theirs[0]} there")
    differences += [
        f"{o.request.client_id} is there and unknown here" for o in ledger.orders if o.request.client_id not in ours
    ]
    for instrument in {o.instrument for o in ours.values()}:
        held, net = state.position(instrument).quantity, ledger.net(instrument.symbol)
        if held != net:
            differences.append(f"{instrument}: {held} here, {net} there")
    stops = {order_id for order_id, o in ours.items() if o.kind is OrderKind.STOP and not o.status.is_final}
    standing = {o.request.client_id for o in ledger.open_stops}
    if stops != standing:
        differences.append(f"stops {sorted(stops)} here, {sorted(map(str, standing))} there")
    return differences


def _word(status: Status) -> str:
    return {
        Status.UNTRIGGERED: "open",
        Status.NEW: "open",
        Status.PARTLY_FILLED: "open",
        Status.EXPIRED: "ended",
        Status.CANCELED: "ended",
    }.get(status, status.value)


def _our_word(status: OrderStatus) -> str:
    return {
        OrderStatus.ACCEPTED: "open",
        OrderStatus.PARTLY_FILLED: "open",
        OrderStatus.CANCELED: "ended",
        OrderStatus.EXPIRED: "ended",
    }.get(status, status.value)
