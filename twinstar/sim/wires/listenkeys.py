"""The key to an account's user data stream: one at a time, good for an hour of wall time."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from twinstar.sim.ports import VenueClock

VALID_MS = 60 * 60_000


class ListenKey(Struct):
    text: str
    account: str
    expires_ms: int


class ListenKeys:
    def __init__(self, clock: VenueClock) -> None:
        self._clock = clock
        self._by_account: dict[str, ListenKey] = {}
        self._made = 0

    def start(self, account: str) -> ListenKey:
        """The active key, for another hour, or a new one."""
        key = self._active(account)
        if key is None:
            self._made += 1
            told = f"{account}:{self._clock.now_ms()}:{self._made}"
            key = ListenKey(hashlib.sha256(told.encode()).hexdigest(), account, 0)
            self._by_account[account] = key
        key.expires_ms = self._clock.now_ms() + VALID_MS
        return key

    def extend(self, account: str) -> ListenKey | None:
        """None where there is none that is good."""
        key = self._active(account)
        if key is not None:
            key.expires_ms = self._clock.now_ms() + VALID_MS
        return key

    def end(self, account: str) -> None:
        """At once: streams that were opened with it fall silent."""
        key = self._by_account.pop(account, None)
        if key is not None:
            key.expires_ms = 0

    def find(self, text: str) -> ListenKey | None:
        return next(
            (key for key in self._by_account.values() if key.text == text and self.left_ms(key) > 0),
            None,
        )

    def left_ms(self, key: ListenKey) -> int:
        return key.expires_ms - self._clock.now_ms()

    def _active(self, account: str) -> ListenKey | None:
        key = self._by_account.get(account)
        return key if key is not None and self.left_ms(key) > 0 else None
