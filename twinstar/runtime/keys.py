"""May this key be used? Asked once, before anything is sent that changes something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from twinstar.domain import Level, Notice, Permissions
from twinstar.errors import VenueRejected
from twinstar.ports import Venue


class KeyRules(Struct, frozen=True):
    """``unknown``: what is done where the venue does not tell whether a key may withdraw.

    Nothing is said of a key that is ``simulated``: it opens nothing else.
    """

    unknown: Literal["refuse", "warn", "accept"]
    simulated: bool = False


async def ask_permissions(venue: Venue) -> Permissions:
    """A venue that refuses to answer has not told. Raise what else goes wrong with asking."""
    try:
        return await venue.permissions() if venue.permissions is not None else Permissions()
    except VenueRejected:
        return Permissions()


def objection(venue: str, key: Permissions, rules: KeyRules) -> str | None:
    """Why we do not work with this key, and the way out; None: it will do."""
    if key.can_withdraw:
        return (
            f"this key may withdraw, so whoever gets hold of it has the money too; turn off {key.withdraw_switch!r} "
            "at the venue, or make a key without it"
        )
    if key.can_trade is False:
        return f"this key may not trade; turn on {key.trade_switch!r} at the venue"
    if key.can_withdraw is None and rules.unknown == "refuse":
        return (
            "the venue does not tell whether this key may withdraw; see there that it may not, then add "
            f"venues.{venue}.accept_unknown_permissions: true"
        )
    return None


def cautions(venue: str, key: Permissions, rules: KeyRules) -> Iterator[Notice]:
    """What a person should know of a key that will do."""
    if rules.simulated:
        return
    texts = []
    if key.can_withdraw is None and rules.unknown == "warn":
        texts.append("the venue does not tell whether this key may withdraw; see there that it may not")
    if key.can_transfer:
        texts.append(f"this key may move money to other accounts; turn off {key.transfer_switch!r} at the venue")
    if key.is_bound is False:
        texts.append("this key works from any address; bind it to this machine's at the venue")
    for text in texts:
        yield Notice(level=Level.WARNING, text=text, venue=venue)


def in_words(key: Permissions) -> str:
    """For `twinstar check`."""
    said = [
        _said(key.can_trade, "may trade", "may not trade"),
        _said(key.can_withdraw, "may withdraw", "may not withdraw")
        or "the venue does not tell whether it may withdraw",
        _said(key.can_transfer, "may move money to other accounts", ""),
        _said(key.is_bound, "bound to addresses", "works from any address"),
    ]
    return ", ".join(filter(None, said))


def _said(told: bool | None, yes: str, no: str) -> str:
    return "" if told is None else yes if told else no
