"""The memory that 1,000 candles of each of 500 instruments take; a process of its own each time.

python benchmarks/_held.py ours|ccxt prints MB.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random

INSTRUMENTS = 500
CANDLES = 1_000
NAMES = ("open", "high", "low", "close", "volume")
Row = tuple[int, str, str, str, str, str]


def rows(number: int) -> Iterator[Row]:
    """As a venue writes them: tenths of a dollar, thousandths of a coin."""
    random, tick = Random(number), 10_000 + 37 * number
    for minute in range(CANDLES):
        opened, tick = tick, max(tick + round(random.gauss(0, 20)), 100)
        high, low = max(opened, tick) + random.randrange(10), min(opened, tick) - random.randrange(10)
        volume = random.randrange(1, 10_000_000)
        prices = (f"{n // 10}.{n % 10}" for n in (opened, high, low, tick))
        yield (minute * 60_000, *prices, f"{volume // 1_000}.{volume % 1_000:03}")  # type: ignore[misc]


def ours() -> object:
    from twinstar.domain import Candle, CandleClosed, InstrumentId, Timeframe  # noqa: PLC0415 - not in ccxt's process
    from twinstar.engine import State  # noqa: PLC0415 - see above

    state = State()
    for number in range(INSTRUMENTS):
        instrument = InstrumentId(f"T{number}/USDT:USDT", "binanceusdm")
        for open_ms, *texts in rows(number):
            values = dict(zip(NAMES, map(Decimal, texts), strict=True))
            candle = Candle(instrument=instrument, timeframe=Timeframe.M1, open_ms=open_ms, **values)
            state.apply(CandleClosed(time_ms=open_ms, candle=candle))
        newest = state.candles(instrument, 1)[0]
        assert (newest.open_ms, str(newest.close)) == (open_ms, texts[3])
    return state


def ccxts() -> object:
    from ccxt.async_support.base.ws.cache import ArrayCacheByTimestamp  # noqa: PLC0415 - not in our process

    caches = {}
    for number in range(INSTRUMENTS):
        cache = caches[f"T{number}/USDT:USDT"] = ArrayCacheByTimestamp(CANDLES)
        for open_ms, *texts in rows(number):
            cache.append([open_ms, *map(float, texts)])
    return caches


SIDES = {"ours": ours, "ccxt": ccxts}


def resident_mb() -> float:
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1_024


def held_mb(side: str) -> float:
    done = subprocess.run([sys.executable, __file__, side], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main(side: str) -> None:
    if side == "ours":
        import twinstar.engine  # noqa: F401, PLC0415 - what is imported is not what is held
    else:
        import ccxt.async_support.base.ws.cache  # noqa: F401, PLC0415 - see above
    before_mb = resident_mb()
    held = SIDES[side]()
    print(resident_mb() - before_mb)
    assert held


if __name__ == "__main__":
    main(sys.argv[1])
