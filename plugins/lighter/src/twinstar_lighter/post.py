"""Transactions out: over the line of our orders while it stands, else over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Final

import msgspec

import twinstar as ts
from twinstar_lighter.errors import OK, Code
from twinstar_lighter.line import Line
from twinstar_lighter.messages import AccountFrame, Taken
from twinstar_lighter.nonces import NotSent, Refused
from twinstar_lighter.quota import VolumeQuota, heeded
from twinstar_lighter.rest import Rest, counted_as, refuse
from twinstar_lighter.signer import Signed

ACK: Final = "jsonapi/sendtx"
ABOUT_TRANSACTIONS: Final = range(21_000, 22_000)


class Post:
    def __init__(
        self, rest: Rest, context: ts.VenueContext, timeout_s: float, quota: VolumeQuota, *, by_line: bool
    ) -> None:
        self._rest, self._context, self._timeout_s = rest, context, timeout_s
        self._tariff = ts.Tariff(context.limits)
        self._quota, self._by_line = quota, by_line
        self._line: Line | None = None
        self._asked: dict[str, asyncio.Future[AccountFrame]] = {}  # also those that nobody waits for any more
        self._numbers = count(1)

    @contextmanager
    def over(self, line: Line) -> Iterator[None]:
        """Whoever reads ``line`` passes on what it says of transactions."""
        self._line = line
        try:
            yield
        finally:
            self._line = None
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(ts.errors.OutcomeUnknown(self._context.id, "sendTx: the line was lost"))
            self._asked.clear()

    def hear(self, frame: AccountFrame) -> bool:
        """Whether it was about a transaction. An error without a name could be any's, where several are unanswered."""
        fault, answer = frame.error, self._asked.pop(frame.id, None)
        if answer is None and fault is not None and fault.code in ABOUT_TRANSACTIONS and len(self._asked) == 1:
            _, answer = self._asked.popitem()
        if answer is None:
            return False
        if not answer.done():
            answer.set_result(frame if fault is None else AccountFrame(code=fault.code, message=fault.message))
        return True

    @property
    def has_line(self) -> bool:
        return self._line is not None

    async def send(self, signed: Signed, lane: ts.Lane) -> str | None:
        """Accepted once it returns, not executed: the hash the venue gave it, if any. Raises as `Send` wants it."""
        self._quota.admit(lane)
        with self._refusals_seen():
            if self._line is None or not self._by_line:
                return self._see(await self._rest.send(signed, lane))
            said = await self._metered(signed, lane)
            if said.code is None:
                raise ts.errors.OutcomeUnknown(self._context.id, "sendTx: an answer without a code")
            if said.code != OK:
                refuse(self._context.id, said.code, str(Code(said.code, said.message or "")))
            return self._see(said)

    async def send_several(self, signed: Sequence[Signed], lane: ts.Lane) -> None:
        """In one request. Raises as `Send` wants it; those before the one that was refused may have been taken."""
        self._quota.admit(lane)
        with self._refusals_seen():
            self._see(await self._rest.send_several(signed, lane))

    @contextmanager
    def _refusals_seen(self) -> Iterator[None]:
        try:
            yield
        except Refused as e:
            self._quota.see_refusal(str(e))
            raise

    def _see(self, said: Taken | AccountFrame) -> str | None:
        self._quota.see(said.volume_quota_remaining, said.message)
        return said.tx_hash if isinstance(said.tx_hash, str) else None

    async def _metered(self, signed: Signed, lane: ts.Lane) -> AccountFrame:
        limiter = self._context.limiter
        try:
            permit = await limiter.acquire(ts.Call(ts.WS_MESSAGE, self._tariff.charges(counted_as(signed)), lane))
        except ts.errors.VenueError as e:
            raise NotSent from e
        told: ts.Answer | None = None
        try:
            said = await self._over_line(signed)
            told = heeded(OK, {}, said.code, said.message)
            return said
        finally:
            limiter.settle(permit, told)

    async def _over_line(self, signed: Signed) -> AccountFrame:
        line = self._line
        if line is None:  # lost while we waited for the permit
            raise NotSent from ts.errors.VenueUnavailable(self._context.id, "sendTx: the line was lost")
        name = f"ts{next(self._numbers)}"
        answer: asyncio.Future[AccountFrame] = asyncio.get_running_loop().create_future()
        self._asked[name] = answer
        try:
            await line.write(_spelt(name, signed))
            async with asyncio.timeout(self._timeout_s):
                return await answer
        except (TimeoutError, ts.errors.VenueUnavailable) as e:
            answer.cancel()  # it stays among those asked: a late error could be its
            raise ts.errors.OutcomeUnknown(self._context.id, f"sendTx: no answer ({type(e).__name__})") from e


def _spelt(name: str, signed: Signed) -> str:
    data = {"id": name, "tx_type": signed.tx_type, "tx_info": msgspec.Raw(signed.tx_info.encode())}
    return msgspec.json.encode({"type": ACK, "data": data}).decode()
