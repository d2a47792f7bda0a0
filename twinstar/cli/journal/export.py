"""``twinstar journal export``: entries for other programs."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet

from twinstar.app.journal import Line
from twinstar.cli import Look
from twinstar.cli.journal import FORMATS
from twinstar.cli.journal.common import chosen
from twinstar.errors import ConfigError
from twinstar.runtime.redaction import redactor

_A_GROUP: Final = 50_000  # rows that are in memory at once
_COLUMNS: Final = ("seq", "time_ms", "kind", "instrument", "order_id", "record")
_SCHEMA: Final = pa.schema([(name, pa.int64() if name in ("seq", "time_ms") else pa.string()) for name in _COLUMNS])


def run(
    look: Look, *, config: Path, state_dir: Path | None, kind: str | None, output: Path | None, **which: Any
) -> int:
    kind = kind or (output.suffix.removeprefix(".") if output else "jsonl")
    if kind not in FORMATS:
        raise ConfigError(f"{output}: what format is that? Say --format {', '.join(FORMATS)}")
    found = chosen(config, state_dir, **which)
    if output is None:
        _write(found, kind, sys.stdout.buffer)
    else:
        with output.open("wb") as file:
            _write(found, kind, file)
    return 0


def _write(found: Iterable[Line], kind: str, file: BinaryIO) -> None:
    if kind == "jsonl":
        file.writelines(redactor(msgspec.json.encode(line).decode()).encode() + b"\n" for line in found)
    elif kind == "csv":
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        rows = csv.writer(text)
        rows.writerow(_COLUMNS)
        rows.writerows(map(_row, found))
        text.detach()
    else:
        with pyarrow.parquet.ParquetWriter(file, _SCHEMA, compression="zstd") as writer:
            for group in _groups(found):
                writer.write_table(pa.table([list(column) for column in zip(*group, strict=True)], schema=_SCHEMA))


def _row(line: Line) -> tuple[Any, ...]:
    """The record is its JSON; money stays text in it."""
    record = redactor(msgspec.json.encode(line.record).decode())
    return line.seq, line.time_ms, line.kind, line.instrument, line.order_id, record


def _groups(found: Iterable[Line]) -> Iterator[list[tuple[Any, ...]]]:
    rows = map(_row, found)
    while group := list(islice(rows, _A_GROUP)):
        yield group
