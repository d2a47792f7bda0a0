"""What config.yaml may say of an ACME venue, besides what it may say of any."""

from __future__ import annotations

import twinstar as ts


class AcmeConfig(ts.VenueConfig):
    url: str = "wss://stream.acme.example/v1"
