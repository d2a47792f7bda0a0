"""What a row of the journal is: a record as JSON, chained to the row before it by its hash."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from twinstar.errors import StateError
from twinstar.ports import Record

ORIGIN = bytes(16)  # what the first row is chained to
WAY_OUT = (
    "Do not trade on it: keep a copy, put back a backup, or move it away to start anew from what the venues hold "
    "(docs/state.md, Repair)"
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


class Row(NamedTuple):
    """As it lies in the table. ``time_ms`` is when it was appended, by our clock; ``kind`` is the record's type."""

    seq: int
    time_ms: int
    kind: bytes
    body: bytes

    def hash(self, previous: bytes) -> bytes:
        head = b"%d %d %b " % (self.seq, self.time_ms, self.kind)
        return blake2b(previous + head + self.body, digest_size=len(ORIGIN)).digest()


def to_row(seq: int, time_ms: int, record: Record) -> Row:
    return Row(seq, time_ms, type(record).__name__.encode(), _encoder.encode(record))


def to_record(row: Row) -> Record:
    """Raise `StateError` for a record that this version does not know; the row itself has been verified."""
    try:
        return _decoder.decode(row.body)
    except msgspec.DecodeError as e:
        kind = row.kind.decode()
        raise StateError(f"row {row.seq}: this version cannot read {kind} ({e}); start the one that wrote it") from e


def verified(row: tuple[Any, ...], previous: Row | None, previous_hash: bytes) -> Row:
    """The row without its hash, once it is known to be the one that was written after ``previous``."""
    *values, stated = row
    found = Row(*values)
    expected = previous.seq + 1 if previous else 1
    if found.seq != expected:
        raise StateError(f"row {expected} is missing. {WAY_OUT}")
    try:
        true = found.hash(previous_hash) == stated
    except TypeError:  # a value of another type than was written
        true = False
    if not true:
        raise StateError(f"row {found.seq} is not what was written: its hash does not fit. {WAY_OUT}")
    return found
