"""Outages to choose from, as the simulated exchange carries them out, and how long a service takes to get over one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from e2e.running import Service
from msgspec import Struct

from twinstar.sim.spoiling import SPOILERS

VENUES = ("binanceusdm", "upbit")
SPEED = 60
PUBLIC = {"binanceusdm": "/market/ws", "upbit": "/websocket/v1$"}
HISTORY = {"binanceusdm": "/klines", "upbit": "/candles/"}
DATA = {"binanceusdm": '"e":"kline"', "upbit": '"type":"trade"'}
ONE = {"binanceusdm": '"e":"kline".*"s":"BTCUSDT"', "upbit": '"type":"trade".*"code":"KRW-BTC"'}
ASKING = {"binanceusdm": "SUBSCRIBE", "upbit": "ticket"}
ENDS = {"binanceusdm": '"x":true', "upbit": '"type":"trade"'}
GARBAGE_FRAMES = 5
WHOLE_WITHIN_S = 5.0  # a candle takes a second, and a history that is polled may be asked for every second one
SPEAKS_WITHIN_MS = 1_500
STALLS = ("one stream stalls", "all of a line stalls", "half-open")
DROPS = ("accept then drop", "refused subscriptions")
PATIENT_S = 45.0  # from the beginning of such an outage on its host is dialled less often
CALM_S = 1.5  # so long all must be as before

Fault = dict[str, Any]


class Outage(Struct, frozen=True, kw_only=True):
    name: str
    faults: tuple[Fault, ...]
    lasts_s: float = 0.0  # 0: until the service has done something about it
    redials: bool = False  # nothing but a new connection helps
    blinds: bool = False  # while it lasts, no stream shows how a candle ended


def outages(venue: str, random: Random) -> list[Outage]:
    """One of each kind."""
    garbage = random.choice(sorted(SPOILERS))
    public = {"on": "ws", "match": PUBLIC[venue]}
    rest = {"on": "rest", "match": HISTORY[venue]}

    def lasting(name: str, fault: Fault, lasts_s: float, *, blinds: bool = False) -> Outage:
        return Outage(
            name=name, faults=({**fault, "lasts_ms": round(lasts_s * 1_000)},), lasts_s=lasts_s, blinds=blinds
        )

    return [
        Outage(name="one stream stalls", faults=({**public, "kind": "silence", "frame": ONE[venue]},), redials=True),
        Outage(name="all of a line stalls", faults=({**public, "kind": "silence"},), redials=True),
        Outage(name="half-open", faults=({**public, "kind": "half_open"},), redials=True),
        Outage(name="clean close", faults=({**public, "kind": "close", "code": 1001},), redials=True),
        Outage(name="abort", faults=({**public, "kind": "abort"},), redials=True),
        lasting(DROPS[0], {**public, "kind": "abort"}, 6),
        Outage(
            name="refused subscriptions",
            faults=(
                {**public, "kind": "refuse", "frame": ASKING[venue], "lasts_ms": 4_000},
                {**public, "kind": "close", "code": 1012},
            ),
            lasts_s=4,
            redials=True,
        ),
        Outage(name=f"garbage: {garbage}", faults=({**public, "kind": garbage, "count": GARBAGE_FRAMES},), lasts_s=2),
        lasting("duplicates", {**public, "kind": "duplicate"}, 4),
        lasting("reordering", {**public, "kind": "reorder", "frame": DATA[venue]}, 4),
        lasting("late close flags", {**public, "kind": "delay", "frame": ENDS[venue], "after_ms": 300}, 4),
        lasting("missing candles", {**public, "kind": "lose", "frame": DATA[venue]}, 4, blinds=True),
        lasting("missing close flags", {**public, "kind": "lose", "frame": ENDS[venue]}, 4, blinds=True),
        lasting("REST 5xx", {"on": "rest", "kind": "status", "status": 503}, 5),
        lasting("late history", {**rest, "kind": "late_candles", "after_ms": 2 * 60_000}, 6),
        Outage(
            name="missing candles, and the history is late with them",
            faults=(
                {**public, "kind": "lose", "frame": DATA[venue], "lasts_ms": 3_000},
                {**rest, "kind": "late_candles", "after_ms": 3 * 60_000, "lasts_ms": 7_000},
            ),
            lasts_s=7,
        ),
    ]


def mixed(venue: str, random: Random) -> Outage:
    """Two at once: what the one breaks is to be mended in spite of the other."""
    parts = random.sample(outages(venue, random), 2)
    return Outage(
        name=" + ".join(each.name for each in parts),
        faults=tuple(fault for each in parts for fault in each.faults),
        lasts_s=max(each.lasts_s for each in parts),
        redials=any(each.redials for each in parts),
    )


class Recovery(Struct, frozen=True):
    """Seconds from the stall, or the end of the last fault: until the series was whole, and until all was as before."""

    outage: str
    venue: str
    series_s: float
    line_s: float
    begun_s: float


class Ordeal:
    """One outage at one venue, from the injection until it is got over."""

    def __init__(self, service: Service, venue: str, outage: Outage) -> None:
        self.outage = outage
        self._service, self.venue = service, venue
        self._dials = self._dialled()
        self.begun_ms = self._market_ms()
        service.tell_sim(venue, "faults", list(outage.faults))
        self._over_s = time.monotonic() + outage.lasts_s
        self.over_ms = self.begun_ms + round(outage.lasts_s * 1_000 * SPEED)
        self._lagged_s = self._bad_s = self._over_s

    def is_got_over(self, status: dict[str, Any]) -> bool:
        now_s, market_ms = time.monotonic(), self._market_ms()
        (venue,) = (each for each in status["venues"] if each["id"] == self.venue)
        if any(_lag_s(each, market_ms) > WHOLE_WITHIN_S for each in venue["instruments"]):
            self._lagged_s = self._bad_s = now_s
        if venue["state"] != "live" or any(each["data_age_ms"] > SPEAKS_WITHIN_MS for each in venue["instruments"]):
            self._bad_s = now_s
        if self.outage.redials and self._dialled() <= self._dials:
            self._bad_s = now_s
        return now_s - max(self._bad_s, self._over_s) >= CALM_S

    @property
    def recovery(self) -> Recovery:
        series_s, line_s = (max(bad_s - self._over_s, 0.0) for bad_s in (self._lagged_s, self._bad_s))
        return Recovery(self.outage.name, self.venue, series_s, line_s, self._over_s - self.outage.lasts_s)

    def _market_ms(self) -> int:
        return int(self._service.tell_sim(self.venue, "clock")["market_ms"])

    def _dialled(self) -> int:
        return len(dials(self._service, self.venue, PUBLIC[self.venue]))


def may_be_dialled_late(one: Recovery, recoveries: Iterable[Recovery]) -> bool:
    """Its venue may have dropped our lines not long before."""
    of_venue = [other for other in recoveries if other.venue == one.venue]
    drops = [other for other in of_venue if any(name in other.outage for name in DROPS)]
    return any(0 <= one.begun_s - drop.begun_s < PATIENT_S for drop in drops)


def _lag_s(instrument: dict[str, Any], market_ms: int) -> float:
    """How long ago the newest candle that is known was over."""
    return float(market_ms - instrument["last_closed_ms"] - 60_000) / 1_000 / SPEED


def dials(service: Service, venue: str, path: str) -> Sequence[float]:
    """When somebody connected to such a path, in seconds."""
    every = service.tell_sim(venue, "state")["dials"]
    return [dial["opened_ms"] / 1_000 for dial in every if re.search(path, dial["path"])]


def endure(service: Service, ordeals: Iterable[Ordeal], *, within_s: float) -> list[Recovery]:
    """Until all of them are got over."""
    left, done = list(ordeals), []
    end_s = time.monotonic() + within_s + max(each.outage.lasts_s for each in left) + CALM_S
    while left:
        status = service.wait(lambda _: True)
        over = [each for each in left if each.is_got_over(status)]
        done += [each.recovery for each in over]
        left = [each for each in left if each not in over]
        names = [each.outage.name for each in left]
        assert time.monotonic() < end_s, f"not got over within {within_s} s: {names}\n{service.tail()}"
        time.sleep(0.1)
    return done
