"""Which account orders go to: what two services may not share, and what limits are counted by."""

from __future__ import annotations

from pydantic import BaseModel, SecretStr

from twinstar.config import Mode, VenueConfig
from twinstar.domain import Limits
from twinstar.plugin.metering import account_key

LIMITS = Limits(venue="lighter")


class Key(BaseModel):
    private_key: SecretStr


class Several(VenueConfig):
    keys: tuple[Key, ...] = ()
    words: SecretStr | None = None
    number: str | None = None

    @property
    def account_name(self) -> str | None:
        return self.number


def named(*keys: str, words: str | None = None, number: str | None = None) -> str | None:
    config = Several(
        mode=Mode.TESTNET,
        instruments=("ETH/USDC:USDC",),
        keys=tuple(Key(private_key=SecretStr(key)) for key in keys),
        words=None if words is None else SecretStr(words),
        number=number,
    )
    return account_key(LIMITS, config, None)


def test_an_account_with_several_keys_is_the_same_in_whichever_order_they_are_written() -> None:
    assert named("one", "two", "three") == named("three", "one", "two") != named("four")


def test_what_is_called_a_key_comes_before_other_secrets() -> None:
    assert named("one", words="a") == named("one", words="b")
    assert named(words="a") != named(words="b")
    assert named() is None


def test_an_account_that_the_venue_names_is_the_same_whatever_key_is_used() -> None:
    assert named("one", number="7") == named("two", number="7") != named("one", number="8")
