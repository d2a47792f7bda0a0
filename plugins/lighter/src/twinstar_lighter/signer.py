"""Transactions and tokens, signed by the venue's native library.

A signature takes about 4 ms and lets go of the interpreter meanwhile: it is made in a thread of its own, so that the
event loop does not wait. Argument types are those of the header that ships with the library.
"""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ctypes import c_char_p, c_int, c_int64, c_longlong, c_uint8, c_uint32, c_void_p
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import astuple

import twinstar as ts
from twinstar_lighter.nonces import Place

T = TypeVar("T")
NO_FEE: Final = (0, 0, 0)  # integrator account, taker and maker fee: nobody is paid for our orders
AS_USUAL: Final = (0, 0)  # self-trade behaviour and equality
ALL_MARKETS: Final = 255  # of cancel-all


class Unsigned(Exception):
    """It cannot be signed: nothing was sent."""


class Key(Struct, frozen=True, kw_only=True):
    """An API key of an account. It signs orders; it is not the key of the wallet."""

    account: int
    slot: int
    private_key: str

    def __repr__(self) -> str:
        return f"Key(account={self.account}, slot={self.slot})"


class Network(Struct, frozen=True):
    """``name`` is what makes it another one: the simulated exchange serves at many addresses."""

    name: str
    url: str
    chain_id: int


class Signed(Struct, frozen=True, kw_only=True):
    tx_type: int
    tx_info: str
    tx_hash: str


class OrderFields(Struct, frozen=True, kw_only=True):
    """An order in the venue's integers, in the order in which the library takes them."""

    market: int
    client_index: int
    size: int
    price: int
    is_ask: int
    kind: int
    time_in_force: int
    reduce_only: int = 0
    trigger_price: int = 0
    expiry: int = 0

    def __post_init__(self) -> None:
        """The fields of a structure are cut by ctypes without a word."""
        prices = (self.price, self.trigger_price)
        if not (0 <= self.size < 2**48 and 0 <= self.client_index < 2**48 and all(0 <= p < 2**32 for p in prices)):
            raise Unsigned(f"an order of {self.size} at {self.price} (trigger {self.trigger_price}) does not fit")


class Change(Struct, frozen=True, kw_only=True):
    """Of an order that stands; ``index`` is the venue's or ours. As the library takes them."""

    market: int
    index: int
    size: int
    price: int
    trigger_price: int = 0


class Signing(Protocol):
    """What the rest of the plugin asks of a signer. Raise `Unsigned`."""

    account: int

    def create(self, order: OrderFields, place: Place) -> asyncio.Future[Signed]: ...  # begun, before it is awaited
    async def group(self, grouping: int, orders: Sequence[OrderFields], place: Place) -> Signed: ...
    async def cancel(self, market: int, index: int, place: Place) -> Signed: ...
    async def cancel_all(self, place: Place, *, mode: int = 0) -> Signed: ...
    async def modify(self, change: Change, place: Place) -> Signed: ...
    async def leverage(self, market: int, margin_fraction: int, mode: int, place: Place) -> Signed: ...
    async def token(self, until_s: int, slot: int) -> str: ...
    def close(self) -> None: ...


class _Order(ctypes.Structure):
    _fields_ = (
        ("market", c_int64),
        ("client_index", c_int64),
        ("size", c_int64),
        ("price", c_uint32),
        ("is_ask", c_uint8),
        ("kind", c_uint8),
        ("time_in_force", c_uint8),
        ("reduce_only", c_uint8),
        ("trigger_price", c_uint32),
        ("expiry", c_int64),
    )


class _SignedTx(ctypes.Structure):
    _fields_ = (
        ("tx_type", c_uint8),
        ("tx_info", c_void_p),
        ("tx_hash", c_void_p),
        ("message", c_void_p),
        ("error", c_void_p),
    )


class _StrOrErr(ctypes.Structure):
    _fields_ = (("text", c_void_p), ("error", c_void_p))


_TAIL = (c_uint8, c_longlong, c_int, c_longlong)  # skip the nonce, nonce, slot of the key, account
_EXTRAS = (c_longlong, c_int, c_int, c_uint8, c_uint8)  # NO_FEE, AS_USUAL
_SIGNATURES: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "CreateClient": (c_void_p, (c_char_p, c_char_p, c_int, c_int, c_longlong)),
    "CreateAuthToken": (_StrOrErr, (c_longlong, c_int, c_longlong)),
    "SignCreateOrder": (
        _SignedTx,
        (c_longlong, c_longlong, c_longlong, *[c_int] * 6, c_longlong, *_EXTRAS, *_TAIL),
    ),
    "SignCreateGroupedOrders": (_SignedTx, (c_uint8, ctypes.POINTER(_Order), c_int, *_EXTRAS, *_TAIL)),
    "SignCancelOrder": (_SignedTx, (c_longlong, c_longlong, *_TAIL)),
    "SignCancelAllOrders": (_SignedTx, (c_int, c_longlong, c_longlong, *_TAIL)),
    "SignModifyOrder": (
        _SignedTx,
        (*[c_longlong] * 5, *_EXTRAS, c_uint8, c_longlong, c_longlong, c_int, c_longlong),
    ),
    "SignUpdateLeverage": (_SignedTx, (c_longlong, c_int, c_int, *_TAIL)),
    "Free": (None, (c_void_p,)),
}
# An int of the header that holds a price is read as unsigned by the library.
_MOST: Final[dict[Any, int]] = {c_uint8: 2**8 - 1, c_int: 2**32 - 1, c_longlong: 2**63 - 1}


@cache
def load(path: Path) -> ctypes.CDLL:
    """Raise `ConfigError`."""
    try:
        library = ctypes.CDLL(str(path))
    except OSError as e:
        raise ts.errors.ConfigError(f"{path}: Lighter's signer library cannot be loaded: {e}") from e
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Signer:
    """The keys of one account. Close it when it is no longer needed."""

    def __init__(self, library: ctypes.CDLL, network: Network, keys: Sequence[Key]) -> None:
        _Claims.claim(network.name)
        self._library = library
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="lighter-signer")
        self.account = keys[0].account
        for key in keys:
            self._add(network, key)

    def _add(self, network: Network, key: Key) -> None:
        error = self._take(
            self._library.CreateClient(
                network.url.encode(), key.private_key.encode(), network.chain_id, key.slot, key.account
            )
        )
        if error:  # its text may name the key
            raise ts.errors.ConfigError(
                f"Lighter's signer does not take the private key of slot {key.slot}: it wants 80 hexadecimal digits, "
                "the private key of an API key, not that of a wallet"
            )

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    def create(self, order: OrderFields, place: Place) -> asyncio.Future[Signed]:
        arguments = (*astuple(order), *NO_FEE, *AS_USUAL, *self._tail(place))
        return self._in_thread(partial(self._call, "SignCreateOrder", arguments))

    async def group(self, grouping: int, orders: Sequence[OrderFields], place: Place) -> Signed:
        rows = (_Order * len(orders))(*(_Order(*astuple(order)) for order in orders))
        return await self._sign(
            "SignCreateGroupedOrders", grouping, rows, len(orders), *NO_FEE, *AS_USUAL, *self._tail(place)
        )

    async def cancel(self, market: int, index: int, place: Place) -> Signed:
        return await self._sign("SignCancelOrder", market, index, *self._tail(place))

    async def cancel_all(self, place: Place, *, mode: int = 0, at_ms: int = 0) -> Signed:
        """``mode`` 0: now; 1: at ``at_ms``, unless it is told otherwise by then; 2: not any more."""
        return await self._sign("SignCancelAllOrders", mode, at_ms, ALL_MARKETS, *self._tail(place))

    async def modify(self, change: Change, place: Place) -> Signed:
        skip, nonce, *owner = self._tail(place)
        version = 0  # whichever stands
        return await self._sign("SignModifyOrder", *astuple(change), *NO_FEE, *AS_USUAL, skip, nonce, version, *owner)

    async def leverage(self, market: int, margin_fraction: int, mode: int, place: Place) -> Signed:
        """``margin_fraction`` in ten-thousandths: 500 is 20 times; ``mode`` 0 is cross, 1 isolated."""
        return await self._sign("SignUpdateLeverage", market, margin_fraction, mode, *self._tail(place))

    async def token(self, until_s: int, slot: int) -> str:
        """What opens the account's own channels; the venue takes none that is good for more than eight hours."""
        return await self._in_thread(partial(self._make_token, until_s, slot))

    def _make_token(self, until_s: int, slot: int) -> str:
        made = self._library.CreateAuthToken(until_s, slot, self.account)
        text, error = self._take(made.text), self._take(made.error)
        if error or not text:
            raise Unsigned(f"no token: {error}")
        return text

    def _tail(self, place: Place) -> tuple[int, int, int, int]:
        skip_nonce = 0  # never: a hole would hide an order that is still on its way
        return skip_nonce, place.nonce, place.slot, self.account

    async def _sign(self, function: str, *arguments: Any) -> Signed:
        return await self._in_thread(partial(self._call, function, arguments))

    def _call(self, function: str, arguments: Sequence[Any]) -> Signed:
        for kind, value in zip(_SIGNATURES[function][1], arguments, strict=True):
            if kind in _MOST and not 0 <= value <= _MOST[kind]:  # ctypes would cut it, and sign what is left
                raise Unsigned(f"{function}: {value} does not fit its field")
        made = getattr(self._library, function)(*arguments)
        info, hash_, _, error = (self._take(each) for each in (made.tx_info, made.tx_hash, made.message, made.error))
        if error or not info:
            raise Unsigned(f"{function}: {error}")
        return Signed(tx_type=made.tx_type, tx_info=info, tx_hash=hash_ or "")

    def _in_thread(self, call: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _take(self, pointer: int | None) -> str | None:
        """Go has allocated it, and forgets it only when it is told to."""
        if not pointer:
            return None
        text = ctypes.string_at(pointer).decode()
        self._library.Free(pointer)
        return text


class _Claims:
    """The library keeps its keys by account and slot, not by network: two networks in one process would mix them."""

    _lock = threading.Lock()
    _network: str | None = None

    @classmethod
    def claim(cls, network: str) -> None:
        with cls._lock:
            if cls._network not in (None, network):
                raise ts.errors.ConfigError(
                    f"Lighter's signer serves one network a process, and {cls._network} is in use: run the venues of "
                    f"{network} as a service of their own"
                )
            cls._network = network
