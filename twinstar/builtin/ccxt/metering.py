"""What a request of ccxt's is charged: by our file of the venue's limits, or where there is none by ccxt's own pace."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from twinstar.builtin.ccxt.config import CcxtConfig
from twinstar.builtin.limits import known_venues, limits_of
from twinstar.domain import Citation, Limits, Quota

PACE: Final = Quota(
    name="ccxt_pace",
    cap=5.0,
    per_s=5.0,
    source=Citation("ccxt 4.5.90: its pace at this venue, in seconds", date(2026, 11, 22)),
    sure=False,
)


def limits(venue_id: str, config: CcxtConfig) -> Limits:
    exchange_id = config.exchange or venue_id
    told = limits_of(exchange_id)
    return told if exchange_id in known_venues() else msgspec.structs.replace(told, quotas=(*told.quotas, PACE))
