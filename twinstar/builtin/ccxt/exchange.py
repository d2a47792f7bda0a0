"""ccxt's exchange, with our limits, our clock and our lines. Mixed into the venue's own class by `twin_class`."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import cache, partial
from random import Random
from typing import Any

from loguru import logger

from twinstar.builtin.ccxt.backoff import Backoff
from twinstar.builtin.ccxt.client import Handed, Refused, Subscribed, TwinClient, heed
from twinstar.builtin.ccxt.custody import closed_ways_out
from twinstar.builtin.ccxt.door import Door, answered, leave
from twinstar.builtin.ccxt.feed import Feed
from twinstar.builtin.ccxt.habits.habit import Habit
from twinstar.builtin.ccxt.library import Exchange, NetworkError, OrderNotFound
from twinstar.builtin.ccxt.outcome import line_lost
from twinstar.builtin.ccxt.quick import PLAIN_LEVELS, PlainLevels, Quick
from twinstar.builtin.ccxt.retrying import patiently
from twinstar.builtin.ccxt.wire import json_of, json_or_none, note_answer, note_request
from twinstar.domain import Answer
from twinstar.errors import VenueError, VenueUnavailable
from twinstar.ports import Clock, Tape, VenueClock

KEEP_ALIVE_MS = 15_000
CLOSES_WITHIN_S = 0.9
SAMPLE = 160
TOLD = 1_000  # characters of an answer in which a code or the end of a ban is looked for
BAD = 400
ACCOUNT = "#account"
FLIGHTS = "authenticationFlights"  # ccxt's name of a client that is none


@cache
def certificates(cafile: str) -> ssl.SSLContext:
    """Shared by all exchanges of the process: to read them takes 16 ms."""
    return ssl.create_default_context(cafile=cafile)


_subscribing: ContextVar[tuple[Feed, str] | None] = ContextVar("subscribing", default=None)


class TwinExchange(Exchange):  # type: ignore[misc]  # ccxt is not typed
    venue: str
    habit: Habit
    rateLimit: float  # noqa: N815 - ccxt's name
    _clock: Clock
    _venue_clock: VenueClock
    door: Door
    ssl_context: ssl.SSLContext | None
    tape: Tape | None = None

    def twin(
        self,
        venue: str,
        habit: Habit,
        *,
        clock: Clock,
        time: VenueClock,
        door: Door,
        random: Random,
        tape: Tape | None = None,
    ) -> None:
        """Finish what ccxt's constructor began."""
        self.venue, self.habit, self.tape = venue, habit, tape
        self._clock, self._venue_clock, self.door = clock, time, door
        self._random, self._backoff = random, Backoff(random)
        self._loading = asyncio.Lock()
        self._log = logger.bind(venue=venue)
        self._logged_s = float("-inf")
        self._losses = 0
        self.requests = self.frames = self.bad_frames = self.dropped = 0
        self.rateLimit, self.enableRateLimit = max(self.rateLimit, 1), False  # the door paces, ccxt does not

    # Methods, not properties: ccxt's constructor reads every attribute before there is anything to tell.

    def acknowledges(self) -> bool:
        return self.habit.frames.acknowledged is not None

    def usage(self) -> Mapping[str, float]:
        return {
            "requests": self.requests,
            "request_weight": self.door.weight,
            "frames": self.frames,
            "bad_frames": self.bad_frames,
            "dropped_trades": self.dropped,
            "reconnects": self._losses,
        }

    def longest_wait_s(self) -> float:
        """Until any of our lines may be dialled again."""
        return self._backoff.longest_wait_s(self._clock.monotonic_s())

    def is_flapping(self) -> bool:
        """Its lines were lost, just now, as soon as they stood."""
        return self._backoff.is_flapping(self._clock.monotonic_s())

    async def ready(self) -> None:
        """Markets are loaded; whoever is cancelled while loading takes nobody along."""
        async with self._loading:
            if not self.markets:
                await self.load_markets()

    # Time: whatever ccxt dates or signs, over REST or WebSocket, bears the venue's.

    def milliseconds(self) -> int:
        return self._venue_clock.now_ms()

    def seconds(self) -> int:
        return self.milliseconds() // 1_000

    def microseconds(self) -> int:
        return self.milliseconds() * 1_000

    def doubt_time(self) -> None:
        self._venue_clock.doubt()

    def monotonic_s(self) -> float:
        return self._clock.monotonic_s()

    # REST.

    def open(self, lazy: bool = False) -> None:
        """aiohttp would send again by itself, behind our limiter's back: cancels too."""
        if self.verify is True and self.ssl_context is None:
            self.ssl_context = certificates(self.cafile)
        super().open(lazy)
        self.session._retry_connection = False  # noqa: SLF001 - there is no other way to say so

    async def request(
        self, path: str, api: Any = "public", method: str = "GET", params: Any = None, config: Any = None
    ) -> Any:
        ask = partial(super().request, path, api, method, params or {}, config or {})
        if method != "GET":
            return await ask()
        return await patiently(ask, clock=self._clock, random=self._random, within_s=self.timeout / 1_000)

    async def fetch2(
        self, path: str, api: Any = "public", method: str = "GET", params: Any = None, config: Any = None
    ) -> Any:
        """The permit comes before the signature, so that waiting does not make it old."""
        params, config = params or {}, config or {}
        pace_s = float(self.calculate_rate_limiter_cost(api, method, path, params, config)) * self.rateLimit / 1_000
        async with self.door.passing(self.door.request(api, method, path, params, pace_s)):
            return await super().fetch2(path, api, method, params, config)

    async def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        """ccxt takes an answer that is not JSON for an empty one, and an empty one says that nothing is held."""
        leave(f"{method} {url}")
        self.requests += 1
        note_request(self.monotonic_s())
        answer = await super().fetch(url, method, headers, body)
        if not isinstance(answer, dict | list):
            raise ValueError("the answer is not JSON")  # noqa: TRY004 - it is the answer that is wrong, not our code
        return answer

    def on_rest_response(self, *answer: Any) -> Any:
        status, _, url, method, headers, body = answer[:6]
        if self.tape is not None:
            self.tape.exchange(method, url, answer[7], status, body)
        note_answer(status, headers, body, self.monotonic_s())
        answered(Answer(status, headers, self._code_in(status, body), body[:TOLD] if status >= BAD else ""))
        return super().on_rest_response(*answer)

    def _code_in(self, status: int, body: str) -> str | None:
        """The venue's error code. Some say with status 200 that it was too much; they do so in few words."""
        if status < BAD and len(body) > TOLD:
            return None
        answer = json_or_none(body)
        refusal = None if answer is None else self.habit.words.refusal(answer)
        return None if refusal is None else refusal.code

    def on_json_response(self, body: str) -> Any:
        return json_of(body)

    async def surely(self, asked: Awaitable[Any]) -> Any:
        """For an order that the venue itself has named: not to find it is no news of its fate."""
        try:
            return await asked
        except OrderNotFound:
            raise VenueUnavailable(self.venue, "an order that it speaks of is not shown yet") from None

    # Lines.

    async def feed_from(self, feed: Feed, topic: str, watch: Callable[[], Awaitable[object]]) -> None:
        """Have ccxt subscribe; what comes of it goes to the feed."""
        token = _subscribing.set((feed, topic))
        try:
            await watch()
        except Subscribed:
            return
        except Refused as error:  # while logging in over the line, which is not the feed's yet
            raise line_lost(self.venue, feed.stream, error, self.habit.words, private=feed.private) from None
        except asyncio.CancelledError:
            self._land_flights()
            raise
        finally:
            _subscribing.reset(token)

    def _land_flights(self) -> None:
        """ccxt (4.5.90) lets one log in for all, and when that one is cancelled, everybody after it waits for ever."""
        flights = (self.clients or {}).pop(FLIGHTS, None)
        if flights is not None:
            for future in flights.futures.values():
                future.add_done_callback(heed)
            flights.reject(NetworkError("cancelled while logging in"))

    @asynccontextmanager
    async def line_for(self, feed: Feed) -> AsyncIterator[None]:
        """While inside, the feed may be subscribed; the last to leave a line closes it."""
        try:
            yield
        finally:
            self.dropped += feed.dropped
            for client in [client for client in (self.clients or {}).values() if feed in client.feeds]:
                client.release(feed)
                if not client.feeds:
                    del self.clients[client.url]
                    await client.close()

    def _own_line(self, url: str) -> str:
        """Where one address carries both, the account's news get a line of their own: a frame that cannot be read is
        then of the one or the other. The mark is not sent.
        """
        subscribing = _subscribing.get()
        apart = self.habit.frames.apart and subscribing is not None and subscribing[0].private
        return f"{url}{ACCOUNT}" if apart and not url.endswith(ACCOUNT) else url

    def client(self, url: str) -> Any:
        url = self._own_line(url)
        known = url in (self.clients or {})
        client = super().client(url)
        if not known:
            TwinClient.adopt(client, self)
        return client

    def watch(
        self, url: str, message_hash: str, message: Any = None, subscribe_hash: Any = None, subscription: Any = None
    ) -> Any:
        call, url = super().watch, self._own_line(url)
        return self._handed(
            url, [message_hash], message, [subscribe_hash],
            lambda: call(url, message_hash, message, subscribe_hash, subscription),
        )  # fmt: skip

    def watch_multiple(
        self, url: str, message_hashes: Any, message: Any = None, subscribe_hashes: Any = None, subscription: Any = None
    ) -> Any:
        call, url = super().watch_multiple, self._own_line(url)
        return self._handed(
            url, message_hashes, message, subscribe_hashes or [],
            lambda: call(url, message_hashes, message, subscribe_hashes, subscription),
        )  # fmt: skip

    def _handed(
        self, url: str, hashes: list[str], message: object, subscribes: list[Any], watch: Callable[[], Any]
    ) -> Any:
        """For a feed, all that will come; for ccxt's own business, the future of the first message."""
        subscribing = _subscribing.get()
        if subscribing is None or self.habit.frames.logs_in(message):
            return watch()
        client = self.client(url)
        fresh = any(each not in client.subscriptions for each in subscribes)
        future = watch()
        future.add_done_callback(heed)  # the feed is told of errors
        feed, topic = subscribing
        return Handed(lambda: client.bind(feed, topic, hashes, subscribes, message, fresh=fresh))

    def ws_dial_delay(self, url: str) -> float:
        return self._backoff.wait_s(_line(url), self._clock.monotonic_s())

    def on_connected(self, client: Any, message: Any = None) -> None:
        client.stands(self._clock.monotonic_s())

    def on_error(self, client: Any, error: Any) -> None:
        self._lost(client)

    def on_close(self, client: Any, error: Any) -> None:
        self._lost(client)

    def _lost(self, client: TwinClient) -> None:
        self._losses += 1
        now_s = self._clock.monotonic_s()
        lived_s = now_s - client.opened_s if client.opened_s is not None else 0.0
        told_s = client.last_retry_after or 0.0
        self._backoff.lost(_line(client.url), lived_s=lived_s, now_s=now_s, at_least_s=min(told_s, 3_600.0))
        if self.clients.get(client.url) is client:
            del self.clients[client.url]
        for feed in client.feeds:
            self.fail(feed, client.failure or client.error)

    def fail(self, feed: Feed, error: Any) -> None:
        if isinstance(error, VenueError):
            feed.fail(error)
        else:
            feed.fail(line_lost(self.venue, feed.stream, error, self.habit.words, private=feed.private))

    def bad_frame(self, client: TwinClient, message: Any, error: Exception) -> None:
        """Drop and count it. On a private line something of ours may have been in it: the core must ask. On a public
        one it may have been any feed's, and a candle's last.
        """
        self.bad_frames += 1
        now_s = self._clock.monotonic_s()
        if now_s - self._logged_s >= 1.0:
            self._logged_s = now_s
            data = message.data if isinstance(message.data, str | bytes) else b""
            sample = "(private)" if client.is_private else repr(data[:SAMPLE])
            self._log.warning("a frame of {} bytes was dropped: {}: {}", len(data), type(error).__name__, sample)
        for feed in list(client.feeds):
            if feed.private:
                self.fail(feed, ValueError("a frame of the account could not be read"))
            else:
                feed.missed()

    async def shut(self) -> None:
        """Everything is closed within a second."""
        try:
            async with asyncio.timeout(CLOSES_WITHIN_S):
                await self.close()
        except TimeoutError:
            self._log.warning("not all connections could be closed in time")


def twin_class(base: type[Any]) -> type[TwinExchange]:
    own = (PlainLevels, base) if base.__name__ in PLAIN_LEVELS else (base,)
    return type(f"Twin{base.__name__}", (TwinExchange, *own, Quick), {"timeout_on_exit": 0, **closed_ways_out(base)})


def _line(url: str) -> str:
    """Private URLs carry a key that changes; it is the same line nevertheless."""
    return url.partition("?")[0]
