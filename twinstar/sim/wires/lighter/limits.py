"""How much may be asked in any minute: by address, or by account where a token came along; transactions by account.

Source: apidocs.lighter.xyz/docs/rate-limits (2026-07): a standard account has 60 requests and 60 transactions, a
premium one 24,000 by weight and 4,000. Who goes on asking is blocked by the firewall, which answers 405. A premium
account spends volume quota besides, and earns it by trading; which code answers an empty one is not published.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from twinstar.sim.ports import VenueClock
from twinstar.sim.wires.lighter.errors import NO_QUOTA, TOO_MANY, ApiError

MINUTE_MS = 60_000
STANDARD, PREMIUM = "standard", "premium"
WEIGHT = 24_000
REQUESTS = 60
SENDS = {STANDARD: 60, PREMIUM: 4_000}
SETTINGS = 40  # transactions that are no orders, whatever the tier
CONNECTIONS = 80  # new ones a minute
PATIENCE = 60  # refused requests in a minute
QUOTA = 1_000  # to begin with
EARNED_BY = 10  # so much traded
FREE_EVERY_MS = 15_000
ADDRESS = 0  # in place of an account's index


class Blocked(Exception):
    """Answered with HTTP 405, and nothing that is JSON."""


class Rolling:
    """What was used in the last minute."""

    def __init__(self) -> None:
        self._used: deque[tuple[int, int]] = deque()
        self._total = 0

    def add(self, now_ms: int, amount: int, most: int) -> bool:
        """Unless it is more than there may be."""
        while self._used and self._used[0][0] <= now_ms - MINUTE_MS:
            self._total -= self._used.popleft()[1]
        if self._total + amount > most:
            return False
        self._used.append((now_ms, amount))
        self._total += amount
        return True


class Limits:
    def __init__(self, clock: VenueClock) -> None:
        self._clock = clock
        self._reads: dict[int, Rolling] = {}
        self._sends: dict[int, Rolling] = {}
        self._settings: dict[int, Rolling] = {}
        self._refused = Rolling()
        self._lines = Rolling()
        self._blocked_until = 0
        self._tiers: dict[int, str] = {}
        self._quota: dict[int, Decimal] = {}
        self._free_at: dict[int, int] = {}

    def tier(self, account: int) -> str:
        return self._tiers.get(account, STANDARD)

    def set_tier(self, account: int, tier: str) -> None:
        self._tiers[account] = tier

    def knock(self) -> None:
        """Before anything else."""
        if self._clock.now_ms() < self._blocked_until:
            raise Blocked

    def read(self, account: int, weight: int) -> None:
        """A standard account's requests count alike, save those of which there may be fewer than sixty."""
        if self.tier(account) == STANDARD:
            weight = max(weight, WEIGHT // REQUESTS)
        self._spend(self._reads.setdefault(account, Rolling()), weight, WEIGHT)

    def send(self, account: int) -> None:
        self._spend(self._sends.setdefault(account, Rolling()), 1, SENDS[self.tier(account)])

    def set(self, account: int) -> None:
        self._spend(self._settings.setdefault(account, Rolling()), 1, SETTINGS)

    def spend_quota(self, account: int, count: int) -> int | None:
        """What is left; None where nothing was spent: on the standard tier, and once in fifteen seconds."""
        now = self._clock.now_ms()
        if self.tier(account) == STANDARD or not count:
            return None
        if now >= self._free_at.get(account, 0):
            self._free_at[account] = now + FREE_EVERY_MS
            return None
        left = self._quota.get(account, Decimal(QUOTA)) - count
        if left < 0:
            raise ApiError(*NO_QUOTA, status=429)
        self._quota[account] = left
        return int(left)

    def earn_quota(self, account: int, traded: Decimal) -> None:
        self._quota[account] = self._quota.get(account, Decimal(QUOTA)) + traded / EARNED_BY

    def may_connect(self) -> bool:
        return self._lines.add(self._clock.now_ms(), 1, CONNECTIONS)

    def _spend(self, used: Rolling, amount: int, most: int) -> None:
        now = self._clock.now_ms()
        if used.add(now, amount, most):
            return
        if not self._refused.add(now, 1, PATIENCE):
            self._blocked_until = now + MINUTE_MS
        raise ApiError(*TOO_MANY, status=429)
