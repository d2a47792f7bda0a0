"""Tokens are renewed long before the venue would refuse them."""

from __future__ import annotations

import ctypes

from fakes import FakeClock

from twinstar_lighter.signer import Key, Network, Signer
from twinstar_lighter.tokens import Tokens

VENUE_MS = 1_795_598_000_000
HOUR_S = 3_600


class VenueTime:
    def now_ms(self) -> int:
        return VENUE_MS

    def doubt(self) -> None:
        raise AssertionError("nobody refused a time")


async def test_a_token_is_good_for_seven_hours_by_the_venues_clock_and_renewed_after_six(native: ctypes.CDLL) -> None:
    signer = Signer(native, Network("sim", "http://127.0.0.1:1", 304), [Key(account=9, slot=4, private_key="ab" * 40)])
    clock = FakeClock()
    tokens = Tokens(signer, 4, clock, VenueTime())
    first = await tokens.current()
    assert first.startswith(f"{VENUE_MS // 1_000 + 7 * HOUR_S}:9:4:")
    await clock.sleep(6 * HOUR_S - 1)
    assert await tokens.current() == first
    assert tokens.due_in_s == 1
    await clock.sleep(1)
    assert await tokens.current() != first
