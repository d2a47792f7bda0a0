"""Decimals as the floats nearest to them: in one division where that is exact, else by way of text."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats: TypeAlias = npt.NDArray[np.float64]

_HELD = 2.0**52  # integers up to this are floats, and with room to spare
_TENS = 22  # … and so are powers of ten up to this one
_ONE_WORD = 18  # digits that need one word of the two that Arrow gives a decimal, the low one


def nearest_floats(decimals: pa.ChunkedArray[Any]) -> Floats:
    floats, end = np.empty(len(decimals)), 0
    for chunk in filter(len, decimals.chunks):
        begin, end = end, end + len(chunk)
        _put(chunk, floats[begin:end])
    return floats


def _put(decimals: pa.Array[Any], target: Floats) -> None:
    """The quotient of integers that floats hold exactly is the nearest float. Arrow's own way is off now and then."""
    of: Any = decimals.type
    if of.precision <= _ONE_WORD and of.scale <= _TENS:
        raw: Any = decimals.buffers()[1]
        words = np.frombuffer(raw, np.int64)[2 * decimals.offset :][: 2 * len(decimals)]
        np.divide(words[::2], 10.0**of.scale, out=target)
        if max(target.max(), -target.min()) < _HELD / 10.0**of.scale:
            return
    target[:] = pc.cast(pc.cast(decimals, pa.string()), pa.float64()).to_numpy()
