"""Questions over HTTP, and transactions where no line is open. Nothing leaves without a permit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, TypeVar

import aiohttp
import msgspec
from msgspec import Struct

import twinstar as ts
from twinstar_lighter.errors import CODES, OK, Code, meaning_of, raised
from twinstar_lighter.messages import Answer, Taken, answer
from twinstar_lighter.nonces import NotSent, Refused
from twinstar_lighter.quota import heeded
from twinstar_lighter.signer import Signed
from twinstar_lighter.tokens import Tokens

A = TypeVar("A", bound=Answer)
API: Final = "/api/v1/"
SEND: Final = f"POST {API}sendTx"
UPDATE_LEVERAGE: Final = 20
PAUSES_S: Final = (0.3, 1.0)
BY_ACCOUNT: Final = {"requests_1m": "account_requests_1m", "weight_1m": "account_weight_1m"}


class Reply(Struct, frozen=True):
    status: int
    body: bytes


class Rest:
    """One venue's HTTP. ``counted`` is shared with its lines."""

    def __init__(self, url: str, context: ts.VenueContext, timeout_s: float, counted: Counter[str]) -> None:
        self._url, self._context, self._counted = url, context, counted
        self._tariff = ts.Tariff(context.limits)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self.tokens: Tokens | None = None  # of the account, where there is one
        self.by_account = False  # also what needs no token

    @property
    def session(self) -> aiohttp.ClientSession:
        """Made when it is first needed: only a running loop can have one."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(trust_env=False)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(
        self,
        path: str,
        params: Mapping[str, str | int],
        kind: type[A],
        *,
        token: str | None = None,
        lane: ts.Lane | None = None,
    ) -> A:
        """A question; one that got no answer is asked again, twice at most.

        What brings a token is about the account, and goes in its lane where no other is named.
        """
        if lane is None:
            lane = ts.current_lane() if token is None else ts.Lane.ACCOUNT
        if token is None and self.by_account and self.tokens is not None and not path.startswith("/"):
            token = await self.tokens.current()
        for pause_s in PAUSES_S:
            try:
                return self._read(path, await self._get(path, params, token, lane), kind, token)
            except _Unanswered:
                await self._context.clock.sleep(pause_s)
        try:
            return self._read(path, await self._get(path, params, token, lane), kind, token)
        except _Unanswered as e:
            raise ts.errors.VenueUnavailable(self._context.id, f"{path}: {e}") from None

    async def send(self, signed: Signed, lane: ts.Lane) -> Taken:
        """A transaction, once. Raises as `Send` wants it."""
        form = {"tx_type": str(signed.tx_type), "tx_info": signed.tx_info}
        return await self._send("sendTx", form, lane, counted=counted_as(signed))

    async def send_several(self, signed: Sequence[Signed], lane: ts.Lane) -> Taken:
        """Of one key, with nonces in a row; each counts as one that is sent alone."""
        form = {
            "tx_types": msgspec.json.encode([each.tx_type for each in signed]).decode(),
            "tx_infos": msgspec.json.encode([each.tx_info for each in signed]).decode(),
        }
        return await self._send("sendTxBatch", form, lane, count=len(signed))

    async def _send(
        self, path: str, form: Mapping[str, str], lane: ts.Lane, *, counted: str | None = None, count: int = 1
    ) -> Taken:
        try:
            reply = await self._exchange("POST", API + path, {}, lane, data=form, counted=counted, count=count)
        except (ts.errors.VenueUnavailable, ts.errors.VenueRejected, aiohttp.ClientConnectorError) as e:
            raise NotSent from e  # no permit, or no connection
        except (aiohttp.ClientError, OSError, TimeoutError) as e:
            raise ts.errors.OutcomeUnknown(self._context.id, f"sendTx: no answer ({type(e).__name__})") from e
        return taken(self._context.id, reply)

    async def _get(self, path: str, params: Mapping[str, str | int], token: str | None, lane: ts.Lane) -> Reply:
        where = path if path.startswith("/") else API + path
        try:
            reply = await self._exchange("GET", where, params, lane, token=token)
        except (aiohttp.ClientError, OSError, TimeoutError) as e:
            raise _Unanswered(f"no answer ({type(e).__name__})") from e
        if reply.status >= 500:
            raise _Unanswered(f"HTTP {reply.status}")
        return reply

    async def _exchange(
        self,
        method: str,
        where: str,
        params: Mapping[str, str | int],
        lane: ts.Lane,
        *,
        token: str | None = None,
        data: Mapping[str, str] | None = None,
        counted: str | None = None,
        count: int = 1,
    ) -> Reply:
        """``counted``: as what the limiter counts it, where that is not what it is."""
        limiter, what = self._context.limiter, f"{method} {where}"
        charges = tuple(
            ts.Charge(BY_ACCOUNT.get(each.quota, each.quota) if token is not None else each.quota, each.weight * count)
            for each in self._tariff.charges(counted or what, params)
        )
        permit = await limiter.acquire(ts.Call(what, charges, lane))
        told: ts.Answer | None = None
        try:
            self._counted["requests"] += 1
            async with self.session.request(
                method,
                self._url + where,
                params=params,
                headers={"Authorization": token} if token is not None else None,
                data=data,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                body = await response.read()
                if self._context.tape is not None:
                    asked = dict(data) if data is not None else None
                    self._context.tape.exchange(method, str(response.url), asked, response.status, body)
                told = heeded(response.status, dict(response.headers), *_code(body))
                return Reply(response.status, body)
        finally:
            limiter.settle(permit, told)

    def _read(self, path: str, reply: Reply, kind: type[A], token: str | None) -> A:
        venue = self._context.id
        try:
            return answer(reply.body, kind)
        except Code as code:
            meaning = meaning_of(code.code, reply.status)
            if token is not None and self.tokens is not None and self.tokens.may_help(code.code, token):
                meaning = ts.Meaning.LATER
            raise raised(venue, meaning, f"{path}: {code}", order=False) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as e:
            meaning = meaning_of(reply.status)
            if meaning is ts.Meaning.UNKNOWN:
                raise ts.errors.BadMessage(venue, f"{path}: HTTP {reply.status}, {e}") from None
            raise raised(venue, meaning, f"{path}: HTTP {reply.status}", order=False) from None


def counted_as(signed: Signed) -> str:
    """A change of leverage is counted apart from orders."""
    return f"{SEND} setting" if signed.tx_type == UPDATE_LEVERAGE else SEND


class _Unanswered(Exception):
    pass


def taken(venue: str, reply: Reply) -> Taken:
    """What was said to a transaction that was accepted."""
    try:
        return answer(reply.body, Taken)
    except Code as code:
        refuse(venue, code.code, str(code), reply.status)
    except (msgspec.DecodeError, UnicodeDecodeError):
        refuse(venue, reply.status, f"HTTP {reply.status}, no answer that can be read")


def refuse(venue: str, code: int, text: str, status: int = OK) -> NoReturn:
    """Raise `Refused` for what is known to mean so, with the code or status that says it; else `OutcomeUnknown`."""
    if meaning_of(code, status) is ts.Meaning.UNKNOWN:
        raise ts.errors.OutcomeUnknown(venue, f"sendTx: {text}")
    raise Refused(code if code in CODES else status, text)


def _code(body: bytes) -> tuple[int | None, str]:
    try:
        said = msgspec.json.decode(body, type=Answer, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None, ""
    return said.code, said.said
