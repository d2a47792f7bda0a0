"""Which counters a limiter uses: those of all processes of this user, where they can be shared."""

from __future__ import annotations

import sys

import msgspec

from twinstar.builtin.limiter.block import Block
from twinstar.builtin.limiter.limiter import Limiter
from twinstar.builtin.limits import completed
from twinstar.ports import Metering
from twinstar.runtime.clock import SystemClock


def open_limiter(metering: Metering) -> Limiter:
    metering = msgspec.structs.replace(metering, limits=completed(metering.limits))
    return Limiter(metering, _block(metering))


def _block(metering: Metering) -> Block:
    """Only those who measure time alike can share: a clock of another kind has its counters for itself."""
    if sys.platform == "win32" or not isinstance(metering.clock, SystemClock):
        return Block()
    from twinstar.builtin.limiter.places import place_of  # noqa: PLC0415 - not where there is no flock
    from twinstar.builtin.limiter.shared import Shared  # noqa: PLC0415 - see above

    return Shared(place_of(metering.place), metering.clock)
