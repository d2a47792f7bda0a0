"""The default of `twinstar_rate_limiter`: exact windows, priority lanes, shared by all processes of this user."""

from __future__ import annotations

from twinstar.plugin import hookimpl
from twinstar.ports import Metering, RateLimiter


@hookimpl(trylast=True)
def twinstar_rate_limiter(metering: Metering) -> RateLimiter:
    from twinstar.builtin.limiter.opening import open_limiter  # noqa: PLC0415 - plugins are cheap to import

    return open_limiter(metering)
