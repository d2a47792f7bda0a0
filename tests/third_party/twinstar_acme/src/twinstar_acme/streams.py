"""One WebSocket an instrument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import aiohttp
import msgspec

import twinstar as ts
from twinstar_acme.config import AcmeConfig
from twinstar_acme.messages import Candle, Trade, decode


class AcmeStreams:
    def __init__(self, config: AcmeConfig, context: ts.VenueContext) -> None:
        self._url = config.url if context.endpoint is None else context.endpoint.address(config.url)
        self._context = context
        self._charges = ts.Tariff(context.limits).charges(ts.WS_CONNECT)
        self._counted = {"frames": 0.0, "bad_frames": 0.0}

    def usage(self) -> Mapping[str, float]:
        return self._counted

    def open(self, wanted: ts.Wanted) -> Iterable[ts.Stream]:
        return [self._follow(instrument, wanted.timeframe) for instrument in wanted.instruments]

    async def _follow(self, instrument: ts.InstrumentId, timeframe: ts.Timeframe) -> ts.Stream:
        venue, clock = self._context.id, self._context.clock
        limiter = self._context.limiter
        permit = await limiter.acquire(ts.Call(ts.WS_CONNECT, self._charges))
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(f"{self._url}/{name(instrument)}", heartbeat=20) as socket,
            ):
                limiter.settle(permit)
                yield ts.StreamOpened(venue=venue, stream=str(instrument), time_ms=clock.now_ms())
                told_ms = 0
                async for frame in socket:
                    message = self._read(frame)
                    if isinstance(message, Trade):
                        yield trade(message, instrument)
                    elif message is not None and message.open_ms > told_ms:  # whatever comes twice is told once
                        told_ms = message.open_ms
                        yield candle(message, instrument, timeframe, clock.now_ms())
        except (aiohttp.ClientError, OSError) as e:
            raise ts.errors.VenueUnavailable(venue, str(e)) from e
        finally:
            limiter.settle(permit)
        raise ts.errors.VenueUnavailable(venue, "the line was closed")

    def _read(self, frame: aiohttp.WSMessage) -> Trade | Candle | None:
        self._counted["frames"] += 1
        try:
            return decode(frame.data)
        except msgspec.DecodeError:
            self._counted["bad_frames"] += 1
            return None


def name(instrument: ts.InstrumentId) -> str:
    """ACME writes BTC-USD."""
    return instrument.symbol.replace("/", "-")


def trade(message: Trade, instrument: ts.InstrumentId) -> ts.TradeSeen:
    return ts.TradeSeen(
        time_ms=message.time_ms,
        instrument=instrument,
        price=message.price,
        quantity=message.quantity,
        side=message.side,
    )


def candle(message: Candle, instrument: ts.InstrumentId, timeframe: ts.Timeframe, now_ms: int) -> ts.CandleClosed:
    closed = ts.Candle(instrument=instrument, timeframe=timeframe, **msgspec.structs.asdict(message))
    return ts.CandleClosed(time_ms=now_ms, candle=closed)
