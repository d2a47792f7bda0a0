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
REDIAL: Final = Quota(
    name="ws_redial",
    cap=1.0,
    per_s=3.0,
    source=Citation("no venue's: what we allow ourselves at a host that drops our connections", date(2026, 11, 25)),
)


def limits(venue_id: str, config: CcxtConfig) -> Limits:
    exchange_id = config.exchange or venue_id
    told = limits_of(exchange_id)
    ours = (REDIAL,) if exchange_id in known_venues() else (REDIAL, PACE)
    return msgspec.structs.replace(told, quotas=(*told.quotas, *ours))
