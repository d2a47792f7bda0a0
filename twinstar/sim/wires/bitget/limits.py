"""How much may be asked: each endpoint counts alone, in a second, by address or account; all together in a minute.

Source: twinstar/builtin/limits/bitget.toml names where the figures come from.
"""

from __future__ import annotations

from twinstar.sim.ports import VenueClock
from twinstar.sim.wires.bitget.desk import Route
from twinstar.sim.wires.bitget.errors import TOO_MANY, ApiError
from twinstar.sim.wires.windows import Window

SECOND_MS, MINUTE_MS = 1_000, 60_000
ALTOGETHER = 6_000
LEFT = "x-mbx-used-remain-limit"


class Limits:
    def __init__(self, clock: VenueClock) -> None:
        self._clock = clock
        self._minute = Window(MINUTE_MS)
        self._used: dict[tuple[str, str], Window] = {}

    def count(self) -> None:
        if self._minute.add(self._clock.now_ms(), 1) > ALTOGETHER:
            raise _too_many()

    def spend(self, route: Route, account: str, headers: dict[str, str]) -> None:
        """What is left of the endpoint's second is told in a header."""
        window = self._used.setdefault((f"{route.method} {route.path}", account), Window(SECOND_MS))
        left = route.cap - window.add(self._clock.now_ms(), 1)
        headers[LEFT] = str(max(left, 0))
        if left < 0:
            raise _too_many()


def _too_many() -> ApiError:
    return ApiError("429", "Too Many Requests", status=TOO_MANY)
