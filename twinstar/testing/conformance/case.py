"""A case: what is claimed of every venue, and how it is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

from msgspec import Struct

from twinstar.testing.conformance.quality import Tier
from twinstar.testing.conformance.stage import HISTORY, Stage

Check: TypeAlias = Callable[[Stage], Awaitable[None]]


class Case(Struct, frozen=True, kw_only=True):
    """``core``: no venue that is exempt from it reaches its tier. ``history``: minutes that the market has behind it.

    ``alone``: nothing else may happen in the process meanwhile. ``long``: it waits a lot, and begins first.
    """

    key: str
    group: str
    claim: str
    tier: Tier
    check: Check
    core: bool = False
    history: int = HISTORY
    impatient: bool = False
    alone: bool = False
    long: bool = False


CASES: Final[dict[str, Case]] = {}
"""All of them, by key, as the modules of `cases` name them."""


def case(
    key: str,
    tier: Tier = Tier.SILVER,
    *,
    core: bool = False,
    history: int = HISTORY,
    impatient: bool = False,
    alone: bool = False,
    long: bool = False,
) -> Callable[[Check], Check]:
    def enter(check: Check) -> Check:
        assert key not in CASES, f"two cases are called {key}"
        name, group = getattr(check, "__name__", ""), check.__module__.rpartition(".")[2]
        CASES[key] = Case(
            key=key,
            group=group,
            claim=name.replace("_", " "),
            tier=tier,
            check=check,
            core=core,
            history=history,
            impatient=impatient,
            alone=alone,
            long=long,
        )
        return check

    return enter


class Raised:
    """What came of it; empty until the block is over."""

    error: Exception

    def __str__(self) -> str:
        return str(self.error)


@contextmanager
def raising(*kinds: type[Exception]) -> Iterator[Raised]:
    """The block must raise one of exactly these."""
    raised, words = Raised(), " or ".join(kind.__name__ for kind in kinds)
    try:
        yield raised
    except Exception as error:
        if type(error) not in kinds:
            raise AssertionError(f"{words} was due, not {error!r}") from error
        raised.error = error
    else:
        raise AssertionError(f"{words} was due, and nothing was raised")


def same(found: object, due: object) -> None:
    """As ``assert found == due``, in words that those who run the cases without pytest can read as well."""
    assert found == due, f"{found!r}, where {due!r} was due"
