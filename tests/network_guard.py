"""No test leaves this machine: an audit hook refuses it below every library, and remembers it should that be swallowed.

Standard library only, since a child process loads it before anything else (see `guarded_environment` in conftest.py).
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HOST_IN_FIRST = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
HOST_IN_ADDRESS = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}
NAMES_OF_THIS_MACHINE = {"localhost", "ip6-localhost", "localhost.localdomain"}


class OutsideNetwork(AssertionError):
    """Something tried to leave the machine. No OSError, so that nobody takes it for a venue that is away."""


attempts: list[str] = []
"""Of this process; the fixture `only_loopback` empties it before a test and looks into it afterwards."""


def install(report: Callable[[str], None] = attempts.append) -> None:
    """From now on, until this process ends: report and refuse. An audit hook cannot be taken out again."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in HOST_IN_FIRST and event not in HOST_IN_ADDRESS:
            return
        host = arguments[0] if event in HOST_IN_FIRST else _host_of(*arguments)
        if not _is_here(host):
            attempt = f"{event} {host!r}"
            report(attempt)
            raise OutsideNetwork(f"{attempt}: tests and what they start stay on 127.0.0.0/8, ::1 and Unix sockets")

    sys.addaudithook(hook)


@contextmanager
def child_environment(place: Path) -> Iterator[dict[str, str]]:
    """For Python processes: the guard stands before their first line; at the end it is seen whether any tried."""
    report = place / "attempts.txt"
    place.mkdir()
    (place / "sitecustomize.py").write_text(
        "import os, network_guard\n"
        "def report(attempt):\n"
        f"    with open({str(report)!r}, 'a', encoding='utf-8') as file:\n"
        "        print(os.getpid(), attempt, file=file)\n"
        "network_guard.install(report)\n",
        encoding="utf-8",
    )
    tests = Path(__file__).parent
    path = [str(place), str(tests), str(tests.parent), os.environ.get("PYTHONPATH", "")]
    yield {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
    assert not report.exists(), f"a child process tried to leave this machine: {report.read_text(encoding='utf-8')}"


def _host_of(sock: socket.socket, address: Any) -> Any:
    """None where there is no host to judge: a Unix path, or a datagram to where the socket is connected already."""
    if sock.family not in {socket.AF_INET, socket.AF_INET6} or address is None:
        return None
    return address[0]


def _is_here(host: Any) -> bool:
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name in NAMES_OF_THIS_MACHINE
