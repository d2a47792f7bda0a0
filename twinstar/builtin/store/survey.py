"""What there is, without reading all of it: each file says in its seal what it holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from twinstar.builtin.store import tail
from twinstar.builtin.store.damage import leave_out
from twinstar.builtin.store.paths import ANY_MONTH, month_path
from twinstar.builtin.store.seal import Damaged, Label, OnDamage, read_label
from twinstar.builtin.store.words import Series
from twinstar.domain import Timeframe
from twinstar.ports import Stored


def summary(directory: Path) -> Mapping[Series, Stored]:
    """For anybody beside the writer; a file that is damaged is told of and left out."""
    words = tail.read(directory, leave_out)  # before the months, into which they may be merged while we look
    labels, found = survey(directory, leave_out), dict[Series, Stored]()
    for series in labels.keys() | words.keys():
        there = extent(
            labels.get(series, ()), _missing(directory, series, labels.get(series, ()), words.get(series, {}))
        )
        if there is not None:
            found[series] = there
    return found


def survey(directory: Path, on_damage: OnDamage) -> dict[Series, list[Label]]:
    found: dict[Series, list[Label]] = {}
    for path in sorted(directory.glob(f"*/*/*/{ANY_MONTH}")):
        try:
            label = _label_at(directory, path)
        except FileNotFoundError:
            continue  # put aside while we looked
        except Damaged as e:
            on_damage(path, e)
        else:
            found.setdefault(label.series, []).append(label)
    return found


def extent(labels: Iterable[Label], others: Collection[int]) -> Stored | None:
    """Of the months, and of candles that none of them has. None when there is nothing."""
    parts = [Stored(label.rows, label.first_open_ms, label.last_open_ms) for label in labels]
    if others:
        parts.append(Stored(len(others), min(others), max(others)))
    if not parts:
        return None
    firsts, lasts = [part.first_open_ms for part in parts], [part.last_open_ms for part in parts]
    return Stored(sum(part.rows for part in parts), min(firsts), max(lasts))


def _missing(directory: Path, series: Series, labels: Sequence[Label], open_ms: Collection[int]) -> Collection[int]:
    """Those candles that no month has."""
    if not any(label.first_open_ms <= ms <= label.last_open_ms for label in labels for ms in open_ms):
        return open_ms
    from twinstar.builtin.store.shelf import Shelf  # noqa: PLC0415 - it imports pyarrow, and is seldom needed

    return set(open_ms) - Shelf(directory, series, labels, leave_out).known(open_ms).keys()


def _label_at(directory: Path, path: Path) -> Label:
    label = read_label(path)
    if path != month_path(directory, label.series, Timeframe.MONTH.floor(label.first_open_ms)):
        raise Damaged(f"it holds {label.series}")
    return label
