"""A limiter on a venue that counts for itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twinstar.builtin.limiter.block import Block
from twinstar.builtin.limiter.limiter import Limiter
from twinstar.builtin.limiter.shared import Shared
from twinstar.domain import Call, Charge, Lane, Limits, Quota, Scope
from twinstar.ports import Clock, Metering


def limiter_of(
    *quotas: Quota, clock: Clock, limits: Limits | None = None, directory: Path | None = None, account: str = "alice"
) -> Limiter:
    limits = limits or Limits(venue="here", quotas=quotas)
    metering = Metering(venue="here", place="here", account=account, limits=limits, clock=clock)
    return Limiter(metering, Shared(directory, clock) if directory else Block())


def quota(name: str, cap: float, per_s: float, scope: Scope = Scope.IP, **more: Any) -> Quota:
    return Quota(name=name, cap=cap, per_s=per_s, scope=scope, **more)


def call(*charges: tuple[str, float], lane: Lane = Lane.MARKET, what: str = "GET /", of: str | None = None) -> Call:
    return Call(what, tuple(Charge(quota, weight) for quota, weight in charges), lane, of)


class Counter:
    """The venue's own: told when a request arrives, it knows how much fell into any window."""

    def __init__(self, per_s: float) -> None:
        self.per_s = per_s
        self.arrivals: list[tuple[float, float]] = []

    def arrived(self, at_s: float, weight: float) -> None:
        self.arrivals.append((at_s, weight))

    def most(self) -> float:
        """In any window of that length, wherever it begins."""
        arrivals = sorted(self.arrivals)
        most = used = 0.0
        first = 0
        for at_s, weight in arrivals:
            used += weight
            while arrivals[first][0] <= at_s - self.per_s:
                used -= arrivals[first][1]
                first += 1
            most = max(most, used)
        return most
