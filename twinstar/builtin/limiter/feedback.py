"""What an answer says of our limits. Judged by status, code and headers; whatever is garbled counts as not said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from math import inf

from msgspec import Struct

from twinstar.domain import Answer, BanRule, Told, UsageHeader

DATE_DOUBT_S = 1.0  # a Date header has whole seconds
CLOCK_DOUBT_S = 2.0  # without one, ours is taken for the venue's


class Usage(Struct, frozen=True):
    """A number that a header tells of a quota."""

    quota: str  # empty: those the request was charged to
    tells: Told
    number: float


class Stop(Struct, frozen=True):
    rule: BanRule
    for_s: float | None  # None: the answer does not say


class Span(Struct, frozen=True):
    """The venue's current stretch of the clock, from now: it began so long ago, and ends after so long."""

    began_s: float
    ends_s: float


class Feedback:
    def __init__(self, usage: tuple[UsageHeader, ...], bans: tuple[BanRule, ...]) -> None:
        self._usage = [(rule.header.lower(), re.compile(rule.pattern, re.ASCII), rule) for rule in usage]
        self._bans = bans

    def usage(self, headers: Mapping[str, str]) -> Iterator[Usage]:
        """``headers`` by lower-case names."""
        for name, pattern, rule in self._usage:
            said = headers.get(name)
            found = pattern.search(said) if said is not None else None
            if found is not None and len(found[1]) <= 9:
                yield Usage(rule.quota, rule.tells, float(found[1]))

    def stop(self, answer: Answer, headers: Mapping[str, str], wall_s: float) -> Stop | None:
        for rule in self._bans:
            if rule.status in (None, answer.status) and rule.code in (None, answer.code):
                return Stop(rule, _said_for_s(rule, answer, headers, wall_s))
        return None


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def current_span(per_s: float, headers: Mapping[str, str], wall_s: float) -> Span | None:
    """Of windows that begin with the full minute (hour, …) of the venue's clock. None when it has just begun or is
    about to end: the answer may speak of either.
    """
    date_s = _date_s(headers.get("date", ""))
    venue_s, doubt_s = (wall_s, CLOCK_DOUBT_S) if date_s is None else (date_s + 0.5, DATE_DOUBT_S)
    began_s = venue_s % per_s
    sure = doubt_s < began_s < per_s - doubt_s
    return Span(began_s + doubt_s, per_s - began_s + doubt_s) if sure else None


def _said_for_s(rule: BanRule, answer: Answer, headers: Mapping[str, str], wall_s: float) -> float | None:
    """Within what is believed of this venue."""
    said_s = _retry_after_s(headers, wall_s)
    if said_s is None and rule.until is not None and (found := re.search(rule.until, answer.text)):
        said_s = int(found[1][:16]) / 1_000 - _venue_s(headers, wall_s)
    if said_s is None and rule.seconds is not None and (found := re.search(rule.seconds, answer.text)):
        said_s = float(found[1][:9])
    return None if said_s is None or said_s < 0 else min(said_s, rule.longest_s)


def _retry_after_s(headers: Mapping[str, str], wall_s: float) -> float | None:
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", said):
        return float(said)
    date_s = _date_s(said)
    return None if date_s is None else date_s - _venue_s(headers, wall_s)


def _venue_s(headers: Mapping[str, str], wall_s: float) -> float:
    date_s = _date_s(headers.get("date", ""))
    return wall_s if date_s is None else date_s


def _date_s(text: str) -> float | None:
    """An HTTP date."""
    if not text.endswith("GMT"):
        return None
    try:
        said_s = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return said_s if 0 < said_s < inf else None
