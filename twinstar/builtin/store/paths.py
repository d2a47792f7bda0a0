"""Where a series lies: one canonical path, in the Hive style that query tools understand."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase, digits

from twinstar.domain import InstrumentId, Timeframe

FILE_NAME = "candles.parquet"

# Letters of one case each: on a file system that cannot tell cases apart, no two names meet.
_IN_SYMBOL = frozenset((ascii_uppercase + digits + "-_").encode())
_IN_VENUE = frozenset((ascii_lowercase + digits + "-_").encode())
_LONGEST = 200  # bytes; file systems stop at 255, our prefix included


def series_path(directory: Path, instrument: InstrumentId, timeframe: Timeframe) -> Path:
    return (
        directory
        / f"venue={_escape(instrument.venue, _IN_VENUE)}"
        / f"symbol={_escape(instrument.symbol, _IN_SYMBOL)}"
        / f"timeframe={'1mo' if timeframe is Timeframe.MONTH else timeframe.value}"
        / FILE_NAME
    )


def _escape(text: str, allowed: frozenset[int]) -> str:
    """Percent-encode what is not allowed, as Hive does; a name that gets too long is given by its hash."""
    raw = text.encode()
    name = "".join(chr(byte) if byte in allowed else f"%{byte:02X}" for byte in raw)
    return name if len(name) <= _LONGEST else f"~{blake2b(raw, digest_size=16).hexdigest()}"
