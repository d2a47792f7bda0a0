"""A plugin that leads venues to a simulated exchange which plays the real one, whatever their mode.

It is no part of any distribution: a test installs it for a child process. Of the simulated exchange's keys it hands on
none: what needs one is refused there.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from twinstar import Venue, VenueConfig, VenueContext, hookimpl
from twinstar.plugin import SimEndpoint, VenueType

WHERE = "TWINSTAR_TEST_DETOUR"  # the simulated exchange's own description of itself
SPEED = "TWINSTAR_TEST_SPEED"


@hookimpl
def twinstar_open_venue(venue_type: VenueType[Any], config: VenueConfig, context: VenueContext) -> Venue:
    port = json.loads(Path(os.environ[WHERE]).read_text())["venues"][context.id]["port"]
    endpoint = SimEndpoint(url=f"http://127.0.0.1:{port}", api_key="", secret="", market_speed=float(os.environ[SPEED]))
    return venue_type.make(config, msgspec.structs.replace(context, endpoint=endpoint))
