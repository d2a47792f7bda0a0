"""Who is who: accounts by their number, the slots of their API keys, and the tokens that open what is private.

Source: apidocs.lighter.xyz, on API keys and authentication (2026-07).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from twinstar.sim.ports import Exchange
from twinstar.sim.wires.lighter.errors import BAD_TOKEN, NO_ACCOUNT, NO_KEY, ApiError

FIRST_ACCOUNT = 1_000
ALL_SLOTS = 255
BOUND_KEYS = range(4, 12)  # slots of the keys that every account has; the front ends' own are below
MOST_LIFE_S = 8 * 3600
TOKEN = re.compile(r"(?P<deadline>[0-9]{1,12}):(?P<account>[0-9]{1,18}):(?P<key>[0-9]{1,3}):[0-9a-f]{160}")


class Account(Struct, frozen=True, kw_only=True):
    index: int
    name: str  # the exchange's

    @property
    def l1_address(self) -> str:
        return f"0x{hashlib.sha256(self.name.encode()).hexdigest()[:40]}"


class Accounts:
    def __init__(self, exchange: Exchange) -> None:
        names = enumerate(dict.fromkeys(keys.account for keys in exchange.keys), FIRST_ACCOUNT)
        self._by_index = {index: Account(index=index, name=name) for index, name in names}
        self._now_ms: Callable[[], int] = exchange.clock.now_ms
        self._keys = {(index, key): _public_key(index, key) for index in self._by_index for key in BOUND_KEYS}
        indexes = {account.name: index for index, account in self._by_index.items()}
        own = [(indexes[keys.account], slot_of(keys.api_key)) for keys in exchange.keys]
        self._keys |= {(index, slot): _public_key(index, slot) for index, slot in own}

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_index.values())

    def find(self, index: int) -> Account:
        if index not in self._by_index:
            raise ApiError(*NO_ACCOUNT)
        return self._by_index[index]

    def of_address(self, l1_address: str) -> list[Account]:
        return [each for each in self if each.l1_address == l1_address.lower()]

    def public_keys(self, index: int) -> dict[int, str]:
        """By slot."""
        return {key: public for (owner, key), public in self._keys.items() if owner == index}

    def bind(self, index: int, key: int, public_key: bytes) -> None:
        self._keys[index, key] = public_key.hex()

    def has_key(self, index: int, key: int) -> bool:
        return (index, key) in self._keys

    def signed_in(self, index: int, key: int) -> Account:
        account = self.find(index)
        if not self.has_key(index, key):
            raise ApiError(*NO_KEY)
        return account

    def of_token(self, token: str) -> Account:
        """It is over by its deadline, and may not have been made for longer than eight hours."""
        read = TOKEN.fullmatch(token)
        if read is None:
            raise ApiError(*BAD_TOKEN)
        left_s = int(read["deadline"]) - self._now_ms() / 1000
        if not 0 < left_s <= MOST_LIFE_S:
            raise ApiError(BAD_TOKEN[0], f"{BAD_TOKEN[1]}: deadline")
        return self.signed_in(int(read["account"]), int(read["key"]))


def slot_of(api_key: str) -> int:
    """Where an account's own key of the simulation is bound: who comes with another one finds nothing there."""
    above = BOUND_KEYS.stop
    return above + int(hashlib.sha256(f"slot of {api_key}".encode()).hexdigest()[:12], 16) % (ALL_SLOTS - above)


def _public_key(index: int, key: int) -> str:
    return hashlib.sha512(f"{index}:{key}".encode()).hexdigest()[:80]
