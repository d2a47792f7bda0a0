"""A plugin that does everything wrong with the key it was given: logs it, raises it, tells it as a reason.

It is no part of any distribution: a test installs it for a child process.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import AsyncIterator
from urllib.parse import quote

from loguru import logger

from twinstar import Registry, SecretRef, Venue, VenueConfig, VenueContext, errors, hookimpl


class LeakyConfig(VenueConfig):
    api_key: SecretRef
    fails: str = "never"


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
