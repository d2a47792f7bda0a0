"""Faults that a test asks for from outside, each a number of times; nothing here happens by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from twinstar.sim.clock import Wall
from twinstar.sim.spoiling import SPOILERS, spoiled

Frame = str | bytes

REST_KINDS = frozenset({*SPOILERS, "status", "hang", "drop", "drop_before", "delay"})
LINE_KINDS = frozenset({"silence", "half_open", "close"})
WS_KINDS = frozenset({*SPOILERS, *LINE_KINDS})


class Fault(Struct, kw_only=True, forbid_unknown_fields=True):
    """``match`` is searched in the path, for REST in ``METHOD /host/path``."""

    on: Literal["rest", "ws"]
    kind: str
    match: str = ""
    count: int = 1
    after_ms: int = 0  # delay: how late; silence, half_open: how long (0: for good)
    replace: bool = False  # ws: the spoiled frame comes instead of the real one, not before it
    status: int = 500
    body: str = ""
    code: int = 1011  # ws close

    def __post_init__(self) -> None:
        kinds = REST_KINDS if self.on == "rest" else WS_KINDS
        if self.kind not in kinds:
            raise ValueError(f"no fault {self.kind!r} on {self.on}; there are: {', '.join(sorted(kinds))}")
        re.compile(self.match)


class LineFault:
    """What a line suffers as a whole, from its begin for as long as it was asked for."""

    def __init__(self, fault: Fault, wall: Wall) -> None:
        self.kind = fault.kind
        self.code = fault.code
        self._wall = wall
        self._until_s = wall.seconds() + fault.after_ms / 1000 if fault.after_ms else None

    def acts(self) -> bool:
        return self._until_s is None or self._wall.seconds() < self._until_s


class Faults:
    def __init__(self, wall: Wall) -> None:
        self._wall = wall
        self._left: list[Fault] = []

    def add(self, document: bytes) -> Sequence[Fault]:
        """A JSON list; raises `msgspec.ValidationError` or `DecodeError` saying what is wrong with it."""
        added = msgspec.json.decode(document, type=list[Fault])
        self._left += added
        return added

    def left(self) -> Sequence[Fault]:
        return list(self._left)

    def clear(self) -> None:
        self._left.clear()

    def for_request(self, subject: str) -> Fault | None:
        return self._spend(subject, "rest", REST_KINDS)

    def for_line(self, path: str) -> LineFault | None:
        fault = self._spend(path, "ws", LINE_KINDS)
        return None if fault is None else LineFault(fault, self._wall)

    def frames_for(self, path: str, frame: Frame) -> Iterable[Frame]:
        """The frame as it leaves, or with a spoiled one before it."""
        fault = self._spend(path, "ws", SPOILERS) if self._left else None
        if fault is None:
            return (frame,)
        garbage = spoiled(frame, fault.kind)
        return (garbage,) if fault.replace else (garbage, frame)

    def _spend(self, subject: str, on: str, kinds: Iterable[str]) -> Fault | None:
        for fault in self._left:
            if fault.on == on and fault.kind in kinds and re.search(fault.match, subject):
                fault.count -= 1
                if fault.count <= 0:
                    self._left.remove(fault)
                return fault
        return None
