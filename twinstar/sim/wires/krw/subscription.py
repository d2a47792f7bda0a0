"""A client's subscription request: ``[{"ticket": …}, {"type": …, "codes": […]}, …, {"format": …}]``.

Sources: docs.upbit.com/kr/reference/websocket-guide (v1.6.4, 2026-11), apidocs.bithumb.com (v2.1.5, 2026-11). A new
request replaces the one before. Flags are read in both spellings, is_only_snapshot and isOnlySnapshot.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

PRIVATE = ("myOrder", "myAsset")

WORDING = {
    "INVALID_AUTH": "인증 정보가 올바르지 않습니다.",
    "WRONG_FORMAT": "Format 이 맞지 않습니다.",
    "NO_TICKET": "티켓이 존재하지 않거나, 유효하지 않습니다.",
    "NO_TYPE": "type 필드가 존재하지 않습니다.",
    "NO_CODES": "codes 필드가 존재하지 않습니다.",
    "INVALID_PARAM": "codes 필드가 비어 있습니다.",
}


class Refused(Exception):
    """Answered as ``{"error": {"name", "message"}}``; the subscription before goes on."""

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.message = message or WORDING[name]


class Menu(Struct, frozen=True):
    """What can be asked for."""

    public: tuple[str, ...]
    formats: tuple[str, ...]


class Wanted(Struct, frozen=True, kw_only=True):
    type: str
    codes: tuple[str, ...]  # empty: all (private types)
    snapshot: bool
    realtime: bool


class Subscription(Struct, frozen=True):
    wanted: tuple[Wanted, ...]
    format: str


class _Part(Struct):
    ticket: str | None = None
    type: str | None = None
    codes: tuple[str, ...] | None = None
    is_only_snapshot: bool = False
    is_only_realtime: bool = False
    snapshot_only: bool = field(default=False, name="isOnlySnapshot")
    realtime_only: bool = field(default=False, name="isOnlyRealtime")
    format: str | None = None


def read(frame: str | bytes, menu: Menu, *, private: bool) -> Subscription:
    try:
        parts = msgspec.json.decode(frame, type=list[_Part])
    except (msgspec.DecodeError, RecursionError):
        raise Refused("WRONG_FORMAT") from None
    if not parts or not parts[0].ticket:
        raise Refused("NO_TICKET")
    format_ = next((part.format for part in parts if part.format is not None), "DEFAULT")
    if format_ not in menu.formats:
        raise Refused("INVALID_PARAM", f"{format_}은 지원하지 않는 포맷입니다.")
    wanted = tuple(_wanted(part, menu, private=private) for part in parts[1:] if part.format is None or part.type)
    if not wanted:
        raise Refused("NO_TYPE")
    return Subscription(wanted, format_)


def _wanted(part: _Part, menu: Menu, *, private: bool) -> Wanted:
    if not part.type:
        raise Refused("NO_TYPE")
    if part.type in PRIVATE and not private:
        raise Refused("INVALID_AUTH")
    if part.type not in (PRIVATE if private else menu.public):
        raise Refused("INVALID_PARAM", f"{part.type}은 지원하지 않는 type입니다.")
    if part.type == "myAsset" and part.codes is not None:
        raise Refused("WRONG_FORMAT")
    if not private and part.codes is None:
        raise Refused("NO_CODES")
    if not private and not part.codes:
        raise Refused("INVALID_PARAM")
    return Wanted(
        type=part.type,
        codes=part.codes or (),
        snapshot=not (part.is_only_realtime or part.realtime_only),
        realtime=not (part.is_only_snapshot or part.snapshot_only),
    )


def error_frame(refused: Refused) -> str:
    error: dict[str, Any] = {"error": {"name": refused.name, "message": refused.message}}
    return msgspec.json.encode(error).decode()
