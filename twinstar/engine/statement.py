"""What was booked, added up by day, instrument or strategy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum

from msgspec import Struct

from twinstar.domain import InstrumentId
from twinstar.engine.lots import ZERO
from twinstar.engine.pnl import Booked, Books

NOBODY = "-"  # no strategy's: what was taken in from the venue


class By(Enum):
    DAY = "day"  # in UTC
    INSTRUMENT = "instrument"
    STRATEGY = "strategy"


class Result(Struct, frozen=True, kw_only=True):
    """In ``asset``, but for the fees and the funding, which are in the assets they were paid in.

    ``booked``: what is realized, less the fees and with the funding that were paid in ``asset``. ``unrealized`` is null
    where a price is not known, and for days that are over.
    """

    of: str
    asset: str
    fills: int
    realized: Decimal
    fees: Mapping[str, Decimal]
    fees_unknown: int  # fills whose fee the venue has not told
    funding: Mapping[str, Decimal]
    booked: Decimal
    unrealized: Decimal | None


class _Sum:
    def __init__(self) -> None:
        self.fills = self.fees_unknown = 0
        self.realized = ZERO
        self.fees: dict[str, Decimal] = {}
        self.funding: dict[str, Decimal] = {}
        self.unrealized: Decimal | None = ZERO

    def take(self, one: Booked) -> None:
        self.fills += one.fill is not None and not one.is_late_fee
        self.fees_unknown -= one.is_late_fee
        self.realized += one.realized
        if one.fee is None:
            self.fees_unknown += 1
        elif one.fee_asset is not None and one.fee:
            self.fees[one.fee_asset] = self.fees.get(one.fee_asset, ZERO) + one.fee
        if one.funding_asset is not None:
            self.funding[one.funding_asset] = self.funding.get(one.funding_asset, ZERO) + one.funding

    def hold(self, unrealized: Decimal | None) -> None:
        known = self.unrealized is not None and unrealized is not None
        self.unrealized = self.unrealized + unrealized if known else None  # type: ignore[operator]  # both are known

    def result(self, of: str, asset: str, *, is_past: bool) -> Result:
        return Result(
            of=of,
            asset=asset,
            fills=self.fills,
            realized=self.realized,
            fees=self.fees,
            fees_unknown=self.fees_unknown,
            funding=self.funding,
            booked=self.realized - self.fees.get(asset, ZERO) + self.funding.get(asset, ZERO),
            unrealized=None if is_past else self.unrealized,
        )


def statement(
    books: Books, booked: Iterable[Booked], prices: Mapping[InstrumentId, Decimal], by: By | None
) -> list[Result]:
    """A result for each of them and each asset that profit is paid in; without ``by``, for each asset."""
    sums: dict[tuple[str, str], _Sum] = {}
    for one in booked:
        key = _key(by, one.time_ms, one.instrument, one.strategy), books.money(one.instrument)
        sums.setdefault(key, _Sum()).take(one)
    if by is not By.DAY:
        for of, lots in books.lots.items():
            for lot in lots:
                key = _key(by, 0, of, lot.owner), books.money(of)
                price = prices.get(of)
                sums.setdefault(key, _Sum()).hold(None if price is None else lot.gain(price))
    return [one.result(*key, is_past=by is By.DAY) for key, one in sorted(sums.items())]


def _key(by: By | None, time_ms: int, of: InstrumentId, strategy: str | None) -> str:
    match by:
        case None:
            return "all"
        case By.DAY:
            return f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%d}"
        case By.INSTRUMENT:
            return str(of)
        case By.STRATEGY:
            return strategy or NOBODY
