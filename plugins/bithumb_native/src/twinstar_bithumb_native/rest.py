"""Requests: each with a permit. A question is asked again where nobody answered, an order is sent once."""

from __future__ import annotations

from typing import Final, TypeVar
from uuid import uuid4

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

import twinstar as ts
from twinstar_bithumb_native.errors import Refusal, meaning_of
from twinstar_bithumb_native.messages import Failure
from twinstar_bithumb_native.signing import Keys, Params, authorization, body_of, query_of

T = TypeVar("T")
ATTEMPTS: Final = 3  # of a question
PAUSE_S: Final = 0.2  # before the second; twice as long before the third
JSON: Final = "application/json; charset=utf-8"


class Request(Struct, frozen=True, kw_only=True):
    method: str
    path: str
    params: Params = ()
    doing: ts.Doing = ts.Doing.READ
    signed: bool = False
    lane: ts.Lane | None = None  # None: that of whoever asks
    about: str | None = None  # the market, where it is not among the parameters
    of_one: int = 0  # how many orders of that market a batch holds

    @property
    def what(self) -> str:
        return f"{self.method} {self.path}"


def asking(path: str, *params: tuple[str, str]) -> Request:
    """A question about the account."""
    return Request(method="GET", path=path, params=params, signed=True, lane=ts.Lane.ACCOUNT)


class Answered(Struct, frozen=True, kw_only=True):
    """``sent_s`` and ``received_s`` are monotonic."""

    status: int
    body: bytes
    date: str | None
    sent_s: float
    received_s: float

    @property
    def refusal(self) -> Refusal | None:
        try:
            return msgspec.json.decode(self.body, type=Failure).error
        except msgspec.DecodeError:
            return None

    @property
    def meaning(self) -> ts.Meaning | None:
        """None: it was done."""
        refusal = self.refusal
        if refusal is None and 200 <= self.status < 300:
            return None
        return meaning_of(self.status, refusal)


class Unanswered(Exception):
    """It was sent, and nobody knows what became of it."""


class Rest:
    """Keeps the session, by which lines are opened as well, and counts what is sent."""

    def __init__(self, url: str, context: ts.VenueContext, keys: Keys | None, timeout_s: float) -> None:
        self._url, self._context, self._keys = url, context, keys
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._tariff = ts.Tariff(context.limits)
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False
        self.requests = 0

    @property
    def venue(self) -> str:
        return self._context.id

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise ts.errors.VenueUnavailable(self._context.id, "closed")
        if self._session is None:
            self._session = aiohttp.ClientSession()
            # It would send a second time, without a permit, what a broken connection took with it.
            self._session._retry_connection = False  # noqa: SLF001 - there is no other way to say so
        return self._session

    async def close(self) -> None:
        self._is_closed = True
        if self._session is not None:
            await self._session.close()

    async def ask(self, kind: type[T], request: Request) -> T:
        return self.result(kind, request, await self.asked(request))

    async def asked(self, request: Request) -> Answered:
        """Whatever was answered to a question; a server in trouble has not answered. Raise `VenueUnavailable`."""
        reason = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._context.clock.sleep(PAUSE_S * attempt)
            try:
                answered = await self._send(request)
            except Unanswered as e:
                reason = str(e)
                continue
            if answered.status < 500:
                return answered
            reason = f"HTTP {answered.status}"
        raise ts.errors.VenueUnavailable(self._context.id, f"{request.what}: {reason}")

    async def sent(self, request: Request) -> Answered:
        """Whatever was answered to what changes something. Raise `OutcomeUnknown`; `VenueUnavailable`: not sent."""
        try:
            return await self._send(request)
        except Unanswered as e:
            raise ts.errors.OutcomeUnknown(self._context.id, f"{request.what}: {e}") from None

    def result(self, kind: type[T], request: Request, answered: Answered) -> T:
        """What the answer says; raise what is to be done about an error, or about what cannot be read."""
        venue, meaning = self._context.id, answered.meaning
        if meaning is not None:
            if meaning is ts.Meaning.MISTIMED:
                self._context.venue_clock.doubt()
            said = f": {answered.refusal}" if answered.refusal is not None else ""
            raise ts.remedy(meaning, request.doing)(venue, f"{request.what}: HTTP {answered.status}{said}")
        try:
            return msgspec.json.decode(answered.body, type=kind)
        except msgspec.DecodeError as e:
            error = ts.errors.BadMessage if request.doing is ts.Doing.READ else ts.errors.OutcomeUnknown
            raise error(venue, f"{request.what}: an answer that cannot be read: {e}") from None

    def authorization(self, params: Params = ()) -> dict[str, str]:
        """The header that tells who asks; each is good for once."""
        if self._keys is None:
            raise ts.errors.AuthFailed(self._context.id, "there are no keys; write account into config.yaml")
        # The venue wants a nonce that nobody has used; two lives that begin with one seed would use the same.
        nonce, now_ms = str(uuid4()), self._context.venue_clock.now_ms()
        return {"Authorization": authorization(self._keys, params, nonce=nonce, now_ms=now_ms)}

    async def _send(self, request: Request) -> Answered:
        limiter = self._context.limiter
        lane = ts.current_lane() if request.lane is None else request.lane
        charges = self._tariff.charges(request.what)
        if request.of_one:
            charges = (*charges, ts.Charge("orders_of_one", request.of_one))
        market = next((str(value) for name, value in request.params if name == "market"), None)
        session = self.session
        permit = await limiter.acquire(ts.Call(request.what, charges, lane, request.about or market))
        answer = None
        try:
            answered, headers = await self._transmit(session, request)
            answer = ts.Answer(answered.status, headers, _code(answered))
        finally:
            limiter.settle(permit, answer)
        return answered

    async def _transmit(self, session: aiohttp.ClientSession, request: Request) -> tuple[Answered, dict[str, str]]:
        """Parameters are signed, and sent, as one text."""
        clock, is_post = self._context.clock, request.method == "POST"
        headers = self.authorization(request.params) if request.signed else {}
        query = "" if is_post or not request.params else f"?{query_of(request.params)}"
        body = body_of(request.params) if is_post else None
        self.requests += 1
        sent_s = clock.monotonic_s()
        try:
            async with session.request(
                request.method,
                URL(f"{self._url}{request.path}{query}", encoded=True),
                data=body,
                headers={**headers, "Content-Type": JSON} if is_post else headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                content = await response.read()
                if self._context.tape is not None:
                    where = f"{self._url}{request.path}{query}"
                    self._context.tape.exchange(request.method, where, body, response.status, content)
                answered = Answered(
                    status=response.status,
                    body=content,
                    date=response.headers.get("Date"),
                    sent_s=sent_s,
                    received_s=clock.monotonic_s(),
                )
                return answered, dict(response.headers)
        except aiohttp.ClientConnectorError as e:
            reason = f"{request.what}: could not connect ({type(e).__name__})"
            raise ts.errors.VenueUnavailable(self._context.id, reason) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as e:  # their texts hold what was signed
            raise Unanswered(f"no answer ({type(e).__name__})") from None


def _code(answered: Answered) -> str | None:
    return str(answered.refusal.name) if answered.refusal is not None else None
