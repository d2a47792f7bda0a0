"""What the configuration lets go wrong, when its time has come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from twinstar.config import IncidentConfig
from twinstar.sim.faults import Fault
from twinstar.sim.server import VenueServer


async def carry_out(incidents: Sequence[IncidentConfig], servers: Mapping[str, VenueServer]) -> None:
    """Returns when the last one has begun; each ends by itself."""
    passed_s = 0.0
    for incident in sorted(incidents, key=lambda each: each.after_s):
        await asyncio.sleep(incident.after_s - passed_s)
        passed_s = incident.after_s
        servers[incident.venue].suffer(fault_of(incident))


def fault_of(incident: IncidentConfig) -> Fault:
    lasts_ms = round(incident.lasts_s * 1_000)
    if incident.kind == "unavailable":
        return Fault(on="rest", kind="status", status=503, lasts_ms=lasts_ms)
    return Fault(on="ws", kind=incident.kind, lasts_ms=lasts_ms)
