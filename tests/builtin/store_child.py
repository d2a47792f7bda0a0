"""A process that stores candles until it is killed, or until the disk refuses; for test_store_crash.py.

python store_child.py DIRECTORY [MOST_BYTES]: says how many candles there are each time they are stored.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from decimal import Decimal
from pathlib import Path
from random import Random

from builtin.candles import BTC, candle

from twinstar.builtin.store.parquet import ParquetStore
from twinstar.domain import Timeframe


async def main() -> None:
    if len(sys.argv) > 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
    store, random = ParquetStore(Path(sys.argv[1])), Random(1)
    minute = len(await store.read(BTC, Timeframe.M1))
    try:
        while True:
            await store.append([candle(n, volume=Decimal(repr(random.random()))) for n in range(minute, minute + 50)])
            minute += 50
            say(minute)
    except OSError as e:
        say(f"refused: {e.strerror}, {len(await store.read(BTC, Timeframe.M1))} candles are left")
        await store.close()


def say(words: object) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
