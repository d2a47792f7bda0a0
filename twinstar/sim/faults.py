"""Faults that a test asks for from outside, each a number of times or for a while; nothing here happens by itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from twinstar.sim.clock import Wall
from twinstar.sim.spoiling import SPOILERS, text_of

Frame = str | bytes

NOT_CARRIED_OUT = frozenset({"refuse", "drop_before"})
REST_KINDS = NOT_CARRIED_OUT | {*SPOILERS, "status", "hang", "drop", "delay", "late_candles"}
LINE_KINDS = frozenset({"silence", "half_open", "close", "abort"})
FRAME_KINDS = frozenset({*SPOILERS, "lose", "duplicate", "delay", "reorder"})
ASKING_KINDS = frozenset({"refuse"})
WS_KINDS = LINE_KINDS | FRAME_KINDS | ASKING_KINDS


class Fault(Struct, kw_only=True, forbid_unknown_fields=True):
    """``match`` is searched in the path, for REST in ``METHOD /host/path``; ``frame`` in the text of the frame.

    rest: a spoiler (see `spoiling`); status; hang (no answer); drop (no answer, the connection ends); refuse and
    drop_before (the same without carrying out the request); delay; late_candles (history as it was a while ago).
    ws, a line as a whole: silence (pings are answered), half_open (nothing is), close, abort (reset, no farewell).
    ws, its frames: a spoiler; lose; duplicate; delay (others overtake it); reorder (changes places with the next).
    ws, what a client asks for: refuse (in the venue's own words).
    """

    on: Literal["rest", "ws"]
    kind: str
    match: str = ""
    frame: str = ""
    count: int = 1
    lasts_ms: int = 0  # for so long, and not so often; what goes on ends with it
    after_ms: int = 0  # delay: how late; late_candles: in the market's time; silence, half_open: how long (0: for good)
    replace: bool = False  # ws: the spoiled frame comes instead of the real one, not before it
    status: int = 500
    body: str = ""
    code: int = 1011  # ws close

    def __post_init__(self) -> None:
        kinds = REST_KINDS if self.on == "rest" else WS_KINDS
        if self.kind not in kinds:
            raise ValueError(f"no fault {self.kind!r} on {self.on}; there are: {', '.join(sorted(kinds))}")
        re.compile(self.match)
        re.compile(self.frame)

    def concerns(self, frame: Frame) -> bool:
        return not self.frame or re.search(self.frame, text_of(frame)) is not None


class Pending:
    """A fault that was asked for and is not over."""

    def __init__(self, fault: Fault, wall: Wall) -> None:
        self.fault = fault
        self._left = fault.count
        self._wall = wall
        self.until_s = wall.seconds() + fault.lasts_ms / 1000 if fault.lasts_ms else None

    @property
    def is_over(self) -> bool:
        return self._left <= 0 if self.until_s is None else self._wall.seconds() >= self.until_s

    def strike(self) -> None:
        if self.until_s is None:
            self._left -= 1

    def left(self) -> Fault:
        """What would have to be asked for now to have the rest of it."""
        if self.until_s is None:
            return msgspec.structs.replace(self.fault, count=self._left)
        return msgspec.structs.replace(self.fault, lasts_ms=round((self.until_s - self._wall.seconds()) * 1000))


class LineFault:
    """What a line suffers as a whole, from its begin for as long as it was asked for."""

    def __init__(self, fault: Fault, until_s: float | None, wall: Wall) -> None:
        self.kind = fault.kind
        self.code = fault.code
        self._fault = fault
        self._wall = wall
        self._until_s = until_s
        if until_s is None and fault.after_ms:
            self._until_s = wall.seconds() + fault.after_ms / 1000

    def acts(self) -> bool:
        return self._until_s is None or self._wall.seconds() < self._until_s

    def withholds(self, frame: Frame) -> bool:
        return self.acts() and self._fault.concerns(frame)


class Faults:
    def __init__(self, wall: Wall) -> None:
        self._wall = wall
        self._pending: list[Pending] = []

    def add(self, document: bytes) -> Sequence[Fault]:
        """A JSON list; raises `msgspec.ValidationError` or `DecodeError` saying what is wrong with it."""
        added = msgspec.json.decode(document, type=list[Fault])
        for fault in added:
            self.plan(fault)
        return added

    def plan(self, fault: Fault) -> None:
        self._pending.append(Pending(fault, self._wall))

    def left(self) -> Sequence[Fault]:
        self._forget_what_is_over()
        return [each.left() for each in self._pending]

    def clear(self) -> None:
        self._pending.clear()

    def for_request(self, subject: str) -> Fault | None:
        found = self._strike("rest", REST_KINDS, subject)
        return None if found is None else found.fault

    def for_line(self, path: str) -> LineFault | None:
        found = self._strike("ws", LINE_KINDS, path)
        return None if found is None else LineFault(found.fault, found.until_s, self._wall)

    def for_frame(self, path: str, frame: Frame) -> Fault | None:
        found = self._strike("ws", FRAME_KINDS, path, frame)
        return None if found is None else found.fault

    def for_asking(self, path: str, frame: Frame) -> Fault | None:
        """``frame`` is the client's."""
        found = self._strike("ws", ASKING_KINDS, path, frame)
        return None if found is None else found.fault

    def _strike(self, on: str, kinds: Collection[str], subject: str, frame: Frame | None = None) -> Pending | None:
        self._forget_what_is_over()
        for each in self._pending:
            fault = each.fault
            if fault.on != on or fault.kind not in kinds or not re.search(fault.match, subject):
                continue
            if frame is None or fault.concerns(frame):
                each.strike()
                return each
        return None

    def _forget_what_is_over(self) -> None:
        if self._pending:
            self._pending = [each for each in self._pending if not each.is_over]
