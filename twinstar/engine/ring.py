"""The last candles of one series, in columns of whole numbers: a seventh of what as many objects take, and as exact."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Final

from twinstar.domain import Candle, InstrumentId, Source, Timeframe

SPARE: Final = 128  # rows above the capacity before the oldest are let go, so that letting go is rare
_SOURCES: Final = tuple(Source)
_LARGEST: Final = 2**63 - 1
_EXACT: Final = Context(prec=60)


class Column:
    """Decimals as multiples of a power of ten; as they are, from the first that would not fit into 64 bits on."""

    def __init__(self) -> None:
        self._exponent = 0
        self._rows: array[int] | list[Decimal] = array("q")

    def __getitem__(self, index: int) -> Decimal:
        row = self._rows[index]
        return row if isinstance(row, Decimal) else Decimal(row).scaleb(self._exponent, _EXACT)

    def __setitem__(self, index: int, value: Decimal) -> None:
        self._rows[index] = self._fitted(value)  # type: ignore[assignment]  # fitted to what the rows are

    def append(self, value: Decimal) -> None:
        fitted = self._fitted(value)  # may give us other rows
        self._rows.append(fitted)  # type: ignore[arg-type]  # see above

    def drop(self, count: int) -> None:
        del self._rows[:count]

    def _fitted(self, value: Decimal) -> int | Decimal:
        if isinstance(self._rows, list):
            return value
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and (exponent >= self._exponent or self._refine(self._rows, exponent)):
            units = int(value.scaleb(-self._exponent, _EXACT))
            if abs(units) <= _LARGEST:
                return units
        self._rows = [self[index] for index in range(len(self._rows))]
        return value

    def _refine(self, rows: array[int], exponent: int) -> bool:
        """Count in finer units; False where what is there would not fit then."""
        factor = 10 ** (self._exponent - exponent)
        if any(abs(units) * factor > _LARGEST for units in rows):
            return False
        self._rows, self._exponent = array("q", (units * factor for units in rows)), exponent
        return True


class Ring:
    """The last ``capacity`` candles of one instrument and timeframe."""

    def __init__(self, instrument: InstrumentId, timeframe: Timeframe, capacity: int) -> None:
        self.timeframe = timeframe
        self._instrument, self._capacity = instrument, capacity
        self._opens: array[int] = array("q")
        self._sources = bytearray()
        self._columns = tuple(Column() for _ in range(5))

    def __len__(self) -> int:
        return min(len(self._opens), self._capacity)

    @property
    def last_open_ms(self) -> int | None:
        return self._opens[-1] if self._opens else None

    def append(self, candle: Candle) -> None:
        self._opens.append(candle.open_ms)
        self._sources.append(_SOURCES.index(candle.source))
        for column, value in zip(self._columns, _values(candle), strict=True):
            column.append(value)
        if len(self._opens) >= self._capacity + SPARE:
            self._drop(len(self._opens) - self._capacity)

    def last(self, count: int) -> Sequence[Candle]:
        """Oldest first; fewer where there are fewer."""
        size = len(self._opens)
        return tuple(self._candle(index) for index in range(size - min(max(count, 0), len(self)), size))

    def replace(self, candle: Candle) -> bool:
        """The one with the same open; False where there is none."""
        for index in range(len(self._opens) - 1, -1, -1):
            if self._opens[index] == candle.open_ms:
                self._sources[index] = _SOURCES.index(candle.source)
                for column, value in zip(self._columns, _values(candle), strict=True):
                    column[index] = value
                return True
        return False

    def _candle(self, index: int) -> Candle:
        first, high, low, close, volume = (column[index] for column in self._columns)
        return Candle(
            instrument=self._instrument,
            timeframe=self.timeframe,
            open_ms=self._opens[index],
            open=first,
            high=high,
            low=low,
            close=close,
            volume=volume,
            source=_SOURCES[self._sources[index]],
        )

    def _drop(self, count: int) -> None:
        del self._opens[:count]
        del self._sources[:count]
        for column in self._columns:
            column.drop(count)


def _values(candle: Candle) -> tuple[Decimal, Decimal, Decimal, Decimal, Decimal]:
    return candle.open, candle.high, candle.low, candle.close, candle.volume
