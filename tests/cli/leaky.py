"""A plugin that does everything wrong with the key it was given: logs it, raises it, tells it as a reason.

It is no part of any distribution: `install` puts it where a child process finds it as an installed package.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

from loguru import logger

from twinstar import Registry, SecretRef, Venue, VenueConfig, VenueContext, errors, hookimpl


class LeakyConfig(VenueConfig):
    api_key: SecretRef
    fails: str = "never"


def install(site: Path) -> Path:
    """As pip would: the module, and the metadata with its entry point."""
    metadata = site / "leaky-1.0.dist-info"
    metadata.mkdir(parents=True)
    site.joinpath("leaky.py").write_text(Path(__file__).read_text(encoding="utf-8"), encoding="utf-8")
    metadata.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: leaky\nVersion: 1.0\n", encoding="utf-8")
    metadata.joinpath("entry_points.txt").write_text("[twinstar]\nleaky = leaky\n", encoding="utf-8")
    return site


class Streams:
    def __init__(self, venue: str, key: str, how: str) -> None:
        self._venue, self._key, self._how = venue, key, how

    def open(self, wanted):
        yield self._stream()

    async def _stream(self) -> AsyncIterator[None]:
        url = f"https://leaky.example/order?apiKey={quote(self._key)}&signature=5ca1ab1e"
        logger.bind(venue=self._venue).warning("asked {}", url)
        logging.getLogger("leaky").warning(
            "Authorization: Basic %s", base64.b64encode(f"k:{self._key}".encode()).decode()
        )
        if self._how == "refused":
            raise errors.AuthFailed(self._venue, f"the venue does not know {self._key}")
        if self._how == "bug":
            raise RuntimeError(f"no idea what to do with {self._key}")
        raise errors.VenueUnavailable(self._venue, f"GET {url} failed", retry_after_s=0.1)
        yield


def make(config: LeakyConfig, context: VenueContext) -> Venue:
    key = config.api_key.get_secret_value()
    logger.info("made with {} and {!r}", key, config)
    return Venue(id=context.id, streams=Streams(context.id, key, config.fails))


@hookimpl
def twinstar_register(registry: Registry) -> None:
    registry.venue("leaky", LeakyConfig, make)
