"""The volume quota of a paid tier: how many transactions are left, told with the answer to each.

Trading earns them. Once in fifteen seconds one is free, and what is left is not told then. Source: the volume quota
page of apidocs.lighter.xyz (2026-07), and the answers that bots have published.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from loguru import logger

import twinstar as ts
from twinstar_lighter.errors import OK
from twinstar_lighter.nonces import NotSent

FREE_EVERY_S: Final = 15.0
WARN_BELOW: Final = 200
KEPT: Final = 50  # for what guards and closes
_TOLD: Final = re.compile(r"(\d{1,12}) volume quota remaining")


class VolumeQuota:
    def __init__(self, venue: str, clock: ts.Clock) -> None:
        self._venue, self._clock = venue, clock
        self._sent_s: float | None = None
        self._warned = False
        self.left: int | None = None  # None: nothing was told, as on a standard account

    def admit(self, lane: ts.Lane) -> None:
        """Raise `NotSent` for what opens a position out of the rest that is kept, unless it is free."""
        if lane is not ts.Lane.TRADE or self.left is None or self.left >= KEPT:
            return
        if self._sent_s is not None and self._clock.monotonic_s() - self._sent_s < FREE_EVERY_S:
            reason = (
                f"not sent: {self.left} transactions are left of the volume quota, kept for stops and exits; one may "
                f"be sent when none was for {FREE_EVERY_S:.0f} s"
            )
            raise NotSent from ts.errors.VenueRejected(self._venue, reason)

    def see(self, left: int | None, message: str | None) -> None:
        """What the venue said to a transaction that it took. 0 without words may mean that it does not tell."""
        self._sent_s = self._clock.monotonic_s()
        told = _TOLD.search(message or "")
        known = int(told[1]) if told else left or None
        if known is not None:
            self._learn(known)

    def see_refusal(self, text: str) -> None:
        if is_of_quota(text):
            self._learn(0)

    def _learn(self, left: int) -> None:
        self.left = left
        if left < WARN_BELOW and not self._warned:
            logger.bind(venue=self._venue).warning(
                "{} transactions are left of its volume quota; trading earns more. Below {} entries are held back",
                left,
                KEPT,
            )
        self._warned = left < WARN_BELOW


def is_of_quota(text: str | None) -> bool:
    """A refusal that has the code of too many requests, and is none: no pause helps, and one is free all the same."""
    return "not enough volume quota" in (text or "").lower()


def heeded(status: int, headers: Mapping[str, str], code: int | None, text: str | None) -> ts.Answer:
    """What a limiter has to know of an answer."""
    if is_of_quota(text):
        return ts.Answer(OK, {})
    return ts.Answer(status, headers, None if code is None else str(code), (text or "")[:200])
