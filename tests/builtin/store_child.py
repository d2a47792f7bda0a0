"""A process that stores candles until it is killed, or until the disk refuses; for test_store_crash.py.

python store_child.py DIRECTORY FIRST MERGE_AFTER_ROWS [MOST_BYTES]: stores the batches from FIRST on, merging all the
time, and says the number of each when it is stored.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random

from builtin.candles import BTC, ETH, MONTH, candle

from twinstar.builtin.store import parquet
from twinstar.domain import Candle


def batch(number: int) -> list[Candle]:
    """New candles of two series and two months, and other words on half of those of the batch before."""
    random = Random(number)
    minutes = [month + minute for month in (0, MONTH) for minute in range(10 * number, 10 * number + 20)]
    return [
        candle(minute, str(random.randrange(1, 10**9)), instrument=of, volume=Decimal(repr(random.random())))
        for minute in minutes
        for of in (BTC, ETH)
    ]


async def main(directory: Path, first: int) -> None:
    store = parquet.ParquetStore(directory)
    try:
        for number in count(first):
            await store.append(batch(number))
            say(number)
    except OSError as e:
        say(f"refused: {e.strerror}")
        await store.close()


def say(words: object) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 4:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
    parquet.MERGE_AFTER_ROWS = int(sys.argv[3])
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
