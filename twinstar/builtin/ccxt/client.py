"""ccxt's WebSocket client, hardened from a subclass: nothing it receives stops it, and nothing it resolves is lost."""

from __future__ import annotations

import asyncio
import zlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

from aiohttp import WSMsgType, WSServerHandshakeError

from twinstar.builtin.ccxt.feed import Feed
from twinstar.builtin.ccxt.library import Client, NetworkError, RequestTimeout
from twinstar.builtin.ccxt.wire import json_of
from twinstar.domain import Answer
from twinstar.errors import VenueError

if TYPE_CHECKING:
    from twinstar.builtin.ccxt.exchange import TwinExchange

HEARTBEATS = ("ping", "pong")
GZIP = 16 + zlib.MAX_WBITS
BAD_IN_A_ROW = 20  # then the line itself is beyond reading
CLOSES_WITHIN_S = 0.5


class Subscribed(Exception):  # not an error: ccxt's watch methods are left by it once they have subscribed
    """The subscription is on its way; what it brings comes through the feed."""


Asked: TypeAlias = tuple[Feed, str]  # who asked, and for what topic


class Refused(NetworkError):  # type: ignore[misc]  # ccxt is not typed
    """The venue complains, in a way that ccxt overlooks."""


class Handed:
    """What ``watch`` gives to the method that awaits it, instead of the future of the first message only.

    Logging in is never awaited in that place, so it goes on as ccxt means it to, and brings the feed nothing.
    """

    def __init__(self, bind: Callable[[], None]) -> None:
        self._bind = bind

    def __await__(self) -> Iterator[NoReturn]:
        self._bind()
        raise Subscribed
        yield  # makes this a generator, as an awaitable must be


class TwinClient(Client):  # type: ignore[misc]  # ccxt is not typed
    """Made out of the client that ccxt built, by setting its class."""

    hub: TwinExchange
    name: str  # apart from any other connection
    feeds: dict[Feed, None]
    frame: Any  # what is being handled, decoded
    opened_s: float | None  # when the handshake was done, monotonic
    failure: Exception | None
    error: Any  # ccxt's
    _unsent: dict[int, Asked]  # by the identity of the message that will subscribe
    _named: dict[str, Asked]  # by ccxt's name of the subscription
    _asked: set[Feed]  # those that a message subscribes, not the connection itself
    _bound: dict[str, dict[Feed, str]]  # the topic each feed knows it as, by the hash that ccxt resolves
    _ways: dict[Hashable, dict[Feed, str]]  # the same, by what the habit calls the frame
    _probes: dict[bytes, Asked | None]
    _way: dict[Feed, str] | None  # of the frame that ccxt is handling, if it has a name
    _numbers: count[int]
    _bad: int
    _over: bool
    _pong_s: float
    _taped: int | None  # its number on the tape

    @classmethod
    def adopt(cls, client: Any, hub: TwinExchange) -> TwinClient:
        client.__class__ = cls
        client.hub = hub
        client.feeds, client._unsent, client._probes = {}, {}, {}  # noqa: SLF001 - it is one of us now
        client._asked, client._named, client._numbers = set(), {}, count()  # noqa: SLF001 - see above
        client._bound, client._ways, client._way = defaultdict(dict), {}, None  # noqa: SLF001 - see above
        client.frame, client.opened_s, client.failure = None, None, None
        client._bad, client._over = 0, False  # noqa: SLF001 - see above
        client._pong_s, client._taped = 0.0, None  # noqa: SLF001 - see above
        client.name = f"{client.url.partition('?')[0]} {id(client)}"
        adopted: TwinClient = client
        return adopted

    @property
    def is_private(self) -> bool:
        return any(feed.private for feed in self.feeds)

    # Subscriptions.

    def bind(
        self, feed: Feed, topic: str, hashes: Iterable[str], names: Iterable[str], message: object, *, fresh: bool
    ) -> None:
        """From now on what is resolved under these hashes is the feed's; the subscription may have another name."""
        self.feeds[feed] = None
        for message_hash in hashes:
            feed.topics[message_hash] = self._bound[message_hash][feed] = topic
        self._ways.clear()
        self._named.update(dict.fromkeys(names, (feed, topic)))
        if not fresh:
            if self.opened_s is not None:
                feed.stand(topic)  # it was subscribed before, on this very line
        elif message is not None:
            feed.expect(topic)
            self._unsent[id(message)] = (feed, topic)
            self._asked.add(feed)

    def release(self, feed: Feed) -> None:
        del self.feeds[feed]
        for message_hash in feed.topics:
            self._bound[message_hash].pop(feed, None)
        self._ways.clear()

    async def open(self, session: Any, backoff_delay: float = 0) -> None:
        await asyncio.sleep(backoff_delay)
        if not self._over:
            await self._dial(session)
        if self._over:
            await self.aiohttp_close()  # nobody waits for it any more
        else:
            await self._probe(None)

    async def _dial(self, session: Any) -> None:
        try:
            async with self.hub.door.connecting(flapping=self.hub.is_flapping()) as passage:
                await super().open(session)
                passage.answer = handshake_in(self.failure)
        except VenueError as refused:  # by the limiter
            self.on_error(refused)

    def stands(self, now_s: float) -> None:
        self.opened_s = now_s
        if self.hub.tape is not None:
            self._taped = self.hub.tape.open(self.url)

    def _tape(self, what: Literal["<", ">"], data: str | bytes) -> None:
        if self.hub.tape is not None and self._taped is not None:
            self.hub.tape.frame(self._taped, what, data)

    def _tape_ending(self) -> None:
        if self.hub.tape is not None and self._taped is not None:
            self.hub.tape.close(self._taped)

    async def send(self, message: Any) -> None:
        """Also ccxt's own heartbeats, where they are messages; not every venue counts these."""
        if self._taped is not None:
            said = message if isinstance(message, str) else self.hub.json(message)
            self._tape(">", said)
        if not self.hub.habit.frames.counted(message):
            await super().send(message)
            return
        try:
            async with self.hub.door.speaking(self.name):
                await super().send(message)
        except VenueError as refused:
            self.on_error(refused)
            return
        asked = self._unsent.pop(id(message), None)
        if asked is not None:
            await self._probe(asked)

    async def _probe(self, asked: Asked | None) -> None:
        """A ping after the request: its pong comes after whatever the venue has to say against it.

        ``asked`` None: for those that the connection itself subscribes.
        """
        if self.closed() or (asked is not None and self.hub.acknowledges()):
            return
        payload = b"twinstar-%d" % next(self._numbers)
        self._probes[payload] = asked
        for feed, _ in self._concerned(asked):
            feed.sent()
        try:
            async with self.hub.door.speaking(self.name):
                await self.connection.ping(payload)
        except ConnectionError as error:
            self.on_error(NetworkError(f"lost while subscribing: {type(error).__name__}"))

    def _concerned(self, asked: Asked | None) -> Iterable[tuple[Feed, str | None]]:
        return [asked] if asked else [(feed, None) for feed in self.feeds.keys() - self._asked]

    def _ponged(self, payload: bytes) -> None:
        if payload in self._probes:
            for feed, topic in self._concerned(self._probes.pop(payload)):
                feed.stand(topic)

    def _acknowledged(self, name: str) -> None:
        """Where requests have no id, a channel is named as ccxt names it."""
        for message_hash, subscription in self.subscriptions.items():
            asked = subscription.get("id") if isinstance(subscription, dict) else message_hash.partition("::")[0]
            if str(asked) == name:
                for feed in self.feeds:
                    if message_hash in feed.topics:
                        feed.stand(feed.topics[message_hash])
                if message_hash in self._named:
                    feed, topic = self._named[message_hash]
                    feed.stand(topic)

    # What comes in.

    def receive_loop(self) -> None:
        try:
            super().receive_loop()
        except Exception as error:  # noqa: BLE001 - called by the event loop, where an error would end the receiving
            self.on_error(NetworkError(f"receiving failed: {type(error).__name__}"))

    async def receive(self) -> Any:
        try:
            return await super().receive()
        except Exception as error:
            # ccxt would stop receiving and leave the connection open.
            self.on_error(NetworkError(f"receiving failed: {type(error).__name__}"))
            raise

    def handle_message(self, message: Any) -> None:
        if self._taped is not None and message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            self._tape("<", message.data)
        try:
            if message.type == WSMsgType.TEXT:
                self.handle_text_or_binary_message(message.data)
            elif message.type == WSMsgType.BINARY and self.gunzip:
                self.handle_text_or_binary_message(
                    zlib.decompress(message.data, GZIP)
                )  # ccxt takes eight times as long
            else:
                super().handle_message(message)
        except Exception as error:  # noqa: BLE001 - whatever a frame makes a parser raise, the next one is received
            self._bad += 1
            self.hub.bad_frame(self, message, error)
            if self._bad >= BAD_IN_A_ROW:
                self.on_error(NetworkError(f"{self._bad} frames in a row could not be read"))
            return
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            self._bad = 0
        elif message.type == WSMsgType.PONG:
            self._ponged(bytes(message.data))

    def handle_text_or_binary_message(self, data: str | bytes) -> None:
        self.hub.frames += 1
        text = data.decode() if isinstance(data, bytes) and self.decompressBinary else data
        self.frame = text if isinstance(text, bytes) or text[:5].lower() in HEARTBEATS else _object(text)
        try:
            self._hear(self.frame)
        finally:
            self.frame = None

    def _hear(self, frame: Any) -> None:
        habit = self.hub.habit.frames
        name = habit.whose(frame)
        if (way := self._ways.get(name)) is not None:
            for feed, topic in way.items():
                feed.take(None, frame, topic)
        elif not habit.known(frame):
            raise ValueError("not a frame of this venue")
        elif (reason := habit.complaint(frame)) is not None:
            self.on_error(Refused(f"refused: {reason}"))
        elif (reason := habit.over(frame)) is not None:
            self.on_error(NetworkError(reason))
        else:
            if habit.acknowledged and (acknowledged := habit.acknowledged(frame)) is not None:
                self._acknowledged(acknowledged)
            self._learn(frame, name)

    def _learn(self, frame: Any, name: Hashable | None) -> None:
        """What our readers take from the frame itself ccxt handles once a name: that shows whose it is."""
        way: dict[Feed, str] = {}
        self._way = None if name is None else way
        try:
            self.on_message_callback(self, frame)
        finally:
            self._way = None
        if way and name is not None:
            self._ways[name] = way

    def future(self, message_hash: str) -> Any:
        """ccxt makes some for those who come later, and there may be nobody."""
        made = super().future(message_hash)
        made.add_done_callback(heed)
        return made

    def resolve(self, result: Any, message_hash: str) -> Any:
        """Called once a message and stream, also when nobody waits: here nothing is lost in a burst."""
        way = self._way
        for feed, topic in self._bound.get(message_hash, {}).items():
            feed.take(result if way is None else None, self.frame, topic)
            if way is not None:
                way[feed] = topic
        return super().resolve(result, message_hash)

    def reject(self, result: Any, message_hash: str | None = None) -> Any:
        """A refused subscription is forgotten, so that the next attempt subscribes anew."""
        if message_hash is not None:
            self.subscriptions.pop(message_hash, None)
            for feed in self.feeds:
                if message_hash in feed.topics:
                    self.hub.fail(feed, result)
        rejected = super().reject(result, message_hash)
        self.rejections.clear()  # nobody comes for them: the feeds have been told
        return rejected

    # Its pulse. Pongs are noted by a clock that does not step; ccxt dates them by the wall's, the venue's or a frame's.

    @property
    def lastPong(self) -> None:  # noqa: N802 - ccxt's name
        """Only set, by ccxt, when a pong has come."""

    @lastPong.setter
    def lastPong(self, _: object) -> None:  # noqa: N802 - see above
        self._pong_s = self.hub.monotonic_s()

    async def ping_loop(self) -> None:
        self._pong_s = self.hub.monotonic_s()
        while self.keepAlive and not self.closed():
            await asyncio.sleep(self.keepAlive / 1_000)
            silent_s = self.hub.monotonic_s() - self._pong_s
            if silent_s * 1_000 > self.keepAlive * self.maxPingPongMisses:
                self.on_error(RequestTimeout(f"no pong for {silent_s:.0f} s"))
            elif not self.closed():
                await self._ping()

    async def _ping(self) -> None:
        try:
            await (self.send(self.ping(self)) if self.ping else self.connection.ping())
        except (ConnectionError, NetworkError) as error:
            self.on_error(NetworkError(f"lost while pinging: {type(error).__name__}"))

    # Its end.

    def reset(self, error: Any) -> None:
        """ccxt's way to start over would leave the connection open."""
        self.on_error(error if isinstance(error, Exception) else NetworkError("reset by the venue"))

    def on_error(self, error: Exception) -> None:
        if self._over:
            return
        self._over = True
        self.failure = error
        self._tape_ending()
        super().on_error(error)

    def on_close(self, code: Any) -> None:
        if self._over:
            return
        self._over = True
        self.failure = NetworkError(f"closed by the venue ({code})")
        self._tape_ending()
        super().on_close(code)

    async def close(self, code: int = 1000) -> None:
        """Whoever waits gets an error, never a CancelledError."""
        if not self._over:
            self._tape_ending()
        self._over = True
        self.error = self.error or NetworkError("closed by us")
        self.reject(self.error)
        for feed in self.feeds:
            self.hub.fail(feed, self.error)
        await super().close(code)

    async def aiohttp_close(self) -> None:
        try:
            async with asyncio.timeout(CLOSES_WITHIN_S):
                await super().aiohttp_close()
        except TimeoutError:
            pass  # The other side does not answer; the session's end takes the socket with it.


def heed(done: asyncio.Future[Any]) -> None:
    """So that asyncio does not complain of an error that nobody asked for."""
    if not done.cancelled():
        done.exception()


def _object(text: str) -> Any:
    frame = json_of(text)
    if not isinstance(frame, dict | list):
        raise ValueError("neither an object nor a list")  # noqa: TRY004 - it is the frame that is wrong, not our code
    return frame


def handshake_in(failure: Exception | None) -> Answer | None:
    """What the venue answered instead of opening the line."""
    cause = failure.args[0] if failure is not None and failure.args else None
    if not isinstance(cause, WSServerHandshakeError):
        return None
    return Answer(cause.status, dict(cause.headers or {}))
