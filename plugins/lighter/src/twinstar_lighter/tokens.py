"""Auth tokens: what opens the account's own channels and questions."""

from __future__ import annotations

import asyncio
from typing import Final

import twinstar as ts
from twinstar_lighter.errors import TOKEN
from twinstar_lighter.signer import Signing, Unsigned

LIFE_S: Final = 7 * 3_600  # the venue takes none that is good for more than eight hours
RENEWED_S: Final = 6 * 3_600


class Tokens:
    def __init__(self, venue: str, signer: Signing, slot: int, *, clock: ts.Clock, venue_clock: ts.VenueClock) -> None:
        self._venue, self._signer, self._slot, self._clock, self._venue_clock = venue, signer, slot, clock, venue_clock
        self._token: str | None = None
        self._made_s = 0.0
        self._stood = False  # a line did, with this one or the one before
        self._lock = asyncio.Lock()  # no two are alike, and the line that has the other one would be opened anew

    @property
    def due_in_s(self) -> float:
        """Until a new one is wanted."""
        return self._made_s + RENEWED_S - self._clock.monotonic_s() if self._token is not None else 0.0

    async def current(self) -> str:
        """Raise `VenueUnavailable` when none can be signed."""
        async with self._lock:
            if self._token is None or self.due_in_s <= 0:
                made_s = self._clock.monotonic_s()
                until_s = self._venue_clock.now_ms() // 1_000 + LIFE_S
                try:
                    self._token, self._made_s = await self._signer.token(until_s, self._slot), made_s
                except Unsigned as e:
                    raise ts.errors.VenueUnavailable(self._venue, f"no token could be signed: {e}") from None
            return self._token

    def stands(self) -> None:
        """A line does, with the current one."""
        self._stood = True

    def may_help(self, code: int, token: str) -> bool:
        """The venue refuses it. Whether another may be taken: a machine that slept finds the current one expired, and
        the clock that it was made by behind. Of two in a row, or of the first of all, the key itself is at fault.
        """
        if code not in TOKEN:
            return False
        if token != self._token:
            return True  # there is another by now
        self._venue_clock.doubt()
        may_help, self._token, self._stood = self._stood, None, False
        return may_help
