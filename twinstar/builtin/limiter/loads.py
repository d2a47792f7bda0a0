"""From what a request is charged to the windows it must pass."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Final
from zlib import crc32

from twinstar.builtin.limiter.block import Block
from twinstar.builtin.limiter.window import ROUNDING, Window
from twinstar.domain import Call, Charge, Limits, Quota, Scope, Stops
from twinstar.errors import VenueRejected

EVERYTHING: Final = "default"  # the quota of what has none
APART: Final = (Scope.INSTRUMENT, Scope.CONNECTION)  # an account has many
MANY: Final = 128  # so many are told apart; two that fall together share a cap, which is safe
REMEMBERED: Final = 4_096


class Load:
    """What a request takes of which windows, and the gates it passes: whoever it belongs to may be stopped."""

    __slots__ = ("gates", "key", "taken")

    def __init__(self, taken: tuple[tuple[Window, float], ...], gates: tuple[Window, ...]) -> None:
        self.taken, self.gates = taken, gates
        self.key = tuple(window for window, _ in taken)


class Loads:
    """The windows of one venue, as far as they have been asked for."""

    def __init__(self, venue: str, limits: Limits, account: str, block: Block) -> None:
        self._venue, self._account, self._block = venue, account, block
        self._quotas = {quota.name: quota for quota in limits.quotas}
        self._loads: dict[object, Load] = {}
        self.windows: dict[tuple[str, str], Window] = {}
        block.enter_at_last()
        try:
            self.gates = {stops: self._gate(stops) for stops in (Stops.IP, Stops.ACCOUNT)}
            for quota in limits.quotas:
                if quota.scope not in APART:
                    self.windows[quota.name, ""] = block.window(quota, self._holder(quota, ""))
        finally:
            block.leave()

    def of(self, call: Call) -> Load:
        """Raise `VenueRejected` for what no window could ever let pass, `Busy` where a window cannot be made now."""
        key = call.charges if call.about is None else (call.charges, call.about)
        load = self._loads.get(key)
        if load is None:
            if len(self._loads) >= REMEMBERED:
                self._loads.clear()
            load = self._made(call)
            if (error := too_heavy(self._venue, call, load)) is not None:
                raise error
            self._loads[key] = load
        return load

    def named(self, quota: str) -> Iterator[Window]:
        return (window for (name, _), window in self.windows.items() if name == quota)

    def _made(self, call: Call) -> Load:
        taken: dict[Window, float] = {}
        for charge in call.charges:
            window = self._window(self._quota(charge), call.about)
            taken[window] = weight = taken.get(window, 0.0) + charge.weight
            window.heaviest = max(window.heaviest, min(weight, window.cap))
        scopes = {window.quota.scope for window in taken}
        passed = [] if scopes == {Scope.CONNECTION} else [Stops.IP]  # what is open already stays open
        if scopes & {Scope.ACCOUNT, Scope.INSTRUMENT, Scope.KEY}:
            passed += [Stops.ACCOUNT]
        return Load(tuple(taken.items()), tuple(self.gates[stops] for stops in passed))

    def _quota(self, charge: Charge) -> Quota:
        found = self._quotas.get(charge.quota) or self._quotas.get(EVERYTHING)
        if found is None:
            raise VenueRejected(self._venue, f"there is no quota {charge.quota!r}, and no default")
        return found

    def _window(self, quota: Quota, about: str | None) -> Window:
        which = str(crc32(about.encode()) % MANY) if about and quota.scope in APART else ""
        if (quota.name, which) not in self.windows:
            with self._block.held():
                self.windows[quota.name, which] = self._block.window(quota, self._holder(quota, which))
        return self.windows[quota.name, which]

    def _gate(self, stops: Stops) -> Window:
        """A window without a cap: it can only be stopped."""
        quota = Quota(name="everything", cap=inf, per_s=1.0, scope=Scope(stops.value))
        return self._block.window(quota, self._holder(quota, ""))

    def _holder(self, quota: Quota, which: str) -> str:
        """Of whom the venue counts: the address, or the account and, where it counts those apart, one thing of it."""
        return "" if quota.scope is Scope.IP else f"{self._account}|{which}"


def too_heavy(venue: str, call: Call, load: Load) -> VenueRejected | None:
    for window, weight in load.taken:
        if weight > window.cap + ROUNDING:
            cap = f"{window.quota.name} allows {window.cap:g} in {window.quota.per_s:g} s"
            return VenueRejected(venue, f"{call.what} weighs {weight:g}, but {cap}: ask for less at once")
    return None
