"""Tokens are renewed long before the venue would refuse them."""

from __future__ import annotations

import asyncio
import ctypes

import pytest
from fakes import FakeClock

from twinstar.errors import VenueUnavailable
from twinstar_lighter.signer import Key, Network, Signer, Unsigned
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
    tokens = Tokens("lighter", signer, 4, clock=clock, venue_clock=VenueTime())
    first = await tokens.current()
    assert first.startswith(f"{VENUE_MS // 1_000 + 7 * HOUR_S}:9:4:")
    await clock.sleep(6 * HOUR_S - 1)
    assert await tokens.current() == first
    assert tokens.due_in_s == 1
    await clock.sleep(1)
    assert await tokens.current() != first


async def test_all_who_want_a_token_at_once_get_the_same_one_so_that_no_line_is_opened_anew_for_nothing() -> None:
    class Slow:
        made = 0

        async def token(self, until_s: int, slot: int) -> str:
            await asyncio.sleep(0)
            self.made += 1
            return f"token {self.made}"

    tokens = Tokens("lighter", Slow(), 4, clock=FakeClock(), venue_clock=VenueTime())
    assert {*await asyncio.gather(tokens.current(), tokens.current(), tokens.current())} == {"token 1"}


async def test_a_token_that_cannot_be_signed_is_a_venue_that_is_away() -> None:
    class Mute:
        async def token(self, until_s: int, slot: int) -> str:
            raise Unsigned("the library says no")

    tokens = Tokens("lighter", Mute(), 4, clock=FakeClock(), venue_clock=VenueTime())
    with pytest.raises(VenueUnavailable, match="no token could be signed: the library says no"):
        await tokens.current()
