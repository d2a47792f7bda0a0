"""The door through which everything of ccxt's leaves: each request, connection and frame with a permit of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

from twinstar.builtin.ccxt.custody import keep
from twinstar.builtin.ccxt.metering import PACE, REDIAL
from twinstar.domain import WS_CONNECT, WS_MESSAGE, Answer, Call, Charge, Limits, Scope, Tariff, current_lane
from twinstar.errors import PluginError
from twinstar.ports import RateLimiter

_INSTRUMENT = ("instId", "market", "symbol")  # the parameter that names it


class Passage:
    """One request on its way."""

    __slots__ = ("answer", "sent")

    def __init__(self) -> None:
        self.sent = False
        self.answer: Answer | None = None


_passage: ContextVar[Passage | None] = ContextVar("passage", default=None)


class Door:
    def __init__(self, limits: Limits, limiter: RateLimiter) -> None:
        self._tariff, self._limiter, self._prefixes = Tariff(limits), limiter, limits.prefixes
        self._paced = any(quota.name == PACE.name for quota in limits.quotas)
        self._redials = any(quota.name == REDIAL.name for quota in limits.quotas)
        self._by_instrument = any(quota.scope is Scope.INSTRUMENT for quota in limits.quotas)
        self.weight = 0.0

    def request(
        self, api: Any, method: str, path: str, params: Mapping[str, Any] | list[Mapping[str, Any]], pace_s: float
    ) -> Call:
        """``api`` is ccxt's word for a group of endpoints; ``pace_s``: by its own table, so long until the next. Some
        requests are lists: ours are of one order each.
        """
        if isinstance(params, list):
            params = params[0] if params else {}
        group = api if isinstance(api, str) else " ".join(api)
        what = f"{method} {self._prefixes.get(group, '')}/{path}"
        charges = self._tariff.charges(what, params)
        if self._paced:
            charges = (*charges, Charge(PACE.name, min(pace_s, PACE.cap)))
        named = (params.get(name) for name in _INSTRUMENT) if self._by_instrument else ()
        return Call(what, charges, current_lane(), next((str(name) for name in named if name is not None), None))

    @asynccontextmanager
    async def passing(self, call: Call) -> AsyncIterator[Passage]:
        """Wait for a permit, and tell the limiter what came of it. Raise what `RateLimiter.acquire` does."""
        permit = await self._limiter.acquire(call)
        passage = Passage()
        token = _passage.set(passage)
        try:
            yield passage
        finally:
            _passage.reset(token)
            if passage.sent:
                self.weight += sum(charge.weight for charge in call.charges)
                self._limiter.settle(permit, passage.answer)
            else:
                self._limiter.give_back(permit)

    @asynccontextmanager
    async def connecting(self, *, flapping: bool) -> AsyncIterator[Passage]:
        """``flapping``: the host drops our lines soon after it took them; whoever else dials it has to wait as well."""
        charges = self._tariff.charges(WS_CONNECT)
        if flapping and self._redials:
            charges = (*charges, Charge(REDIAL.name))
        async with self.passing(Call(WS_CONNECT, charges, current_lane())) as passage:
            passage.sent = True
            yield passage

    @asynccontextmanager
    async def speaking(self, connection: str) -> AsyncIterator[None]:
        async with self.passing(
            Call(WS_MESSAGE, self._tariff.charges(WS_MESSAGE), current_lane(), connection)
        ) as passage:
            passage.sent = True
            yield


def leave(what: str) -> None:
    """A request is about to be sent. Raise `PluginError` unless it has a permit, which is good for this one only, and
    for whatever would take money out of the account.
    """
    keep(what)
    passage = _passage.get()
    if passage is None or passage.sent:
        raise PluginError(f"{what.partition('?')[0]} would have passed by the rate limiter; it was not sent")
    passage.sent = True


def answered(answer: Answer) -> None:
    passage = _passage.get()
    if passage is not None:
        passage.answer = answer
