"""What an answer tells is entered in the windows: what others have used, and what is stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, assert_never

from twinstar.builtin.limiter.feedback import Feedback, Stop, Usage, current_span, lower
from twinstar.builtin.limiter.loads import Load, Loads
from twinstar.builtin.limiter.window import Window
from twinstar.domain import Answer, BanRule, Scope, Stops, Told
from twinstar.ports import Clock

TOO_MANY: Final = 429
OLD: Final = 0.25  # of a window: an answer that took longer speaks of a time too long ago
GROWS_TO: Final = 10  # times twice as long


class Heeding:
    def __init__(self, loads: Loads, feedback: Feedback, clock: Clock) -> None:
        self._loads, self._feedback, self._clock = loads, feedback, clock

    def heed(self, load: Load, answer: Answer, sent_s: float, now_s: float) -> bool:
        """The lock is held. Whether something has been stopped."""
        headers = lower(answer.headers)
        for usage in self._feedback.usage(headers):
            for window in self._meant(usage, load):
                self._correct(window, usage, headers, sent_s, now_s)
        stop = self._feedback.stop(answer, headers, self._clock.now_ms() / 1_000)
        if stop is not None:
            self._stop(stop, load, answer.status, now_s)
        for window in load.key:
            if answer.status == TOO_MANY:
                window.squeeze(now_s)
            else:
                window.relax(now_s)
        return stop is not None

    def _meant(self, usage: Usage, load: Load) -> Iterator[Window]:
        if usage.quota:
            return self._loads.named(usage.quota)
        return (window for window in load.key if window.quota.scope is not Scope.IP)

    def _correct(self, window: Window, usage: Usage, headers: Mapping[str, str], sent_s: float, now_s: float) -> None:
        if usage.tells is Told.CAP:
            window.cap_told(usage.number)
            return
        used = usage.number if usage.tells is Told.USED else window.cap - usage.number
        per_s = window.quota.per_s
        if window.quota.aligned:
            span = current_span(per_s, headers, self._clock.now_ms() / 1_000)
            if span is None:
                return
            since_s, until_s = now_s - span.began_s, now_s + span.ends_s
        else:
            since_s, until_s = sent_s - per_s, now_s + per_s
        if now_s - sent_s <= OLD * per_s and (others := used - window.used_since(since_s)) > 0:
            window.foreign(others, now_s, until_s)

    def _stop(self, stop: Stop, load: Load, status: int, now_s: float) -> None:
        rule, wall_s = stop.rule, self._clock.now_ms() / 1_000
        for window in self._stopped(rule, load):
            strikes = window.strikes(wall_s) if rule.grows else 0
            for_s = stop.for_s if stop.for_s is not None else rule.for_s * 2 ** min(strikes, GROWS_TO)
            window.stop(now_s, wall_s, min(for_s, rule.longest_s), status)

    def _stopped(self, rule: BanRule, load: Load) -> list[Window]:
        match rule.stops:
            case Stops.QUOTAS:
                return [window for window in load.key if not rule.quotas or window.quota.name in rule.quotas]
            case Stops.COUNTED:
                scopes = {window.quota.scope for window in load.key}
                return [window for window in self._loads.windows.values() if window.quota.scope in scopes]
            case Stops.IP | Stops.ACCOUNT:
                return [self._loads.gates[rule.stops]]
            case _:
                assert_never(rule.stops)
