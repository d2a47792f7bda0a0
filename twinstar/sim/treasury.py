"""Money that moves without anybody's order: deposits, leverage, funding, liquidation."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec.structs import replace

from twinstar.sim import margin
from twinstar.sim.accounts import Account
from twinstar.sim.clerk import Clerk
from twinstar.sim.desk import Desk
from twinstar.sim.grid import share
from twinstar.sim.model import Listing, Position, Reason, Refusal
from twinstar.sim.pit import Pit, house_of
from twinstar.sim.settlement import CENT

FUNDING_MS = 8 * 3_600_000
MARGIN_MODES = ("cross", "isolated")
LIQUIDATION = "autoclose-{}"  # client id of the exchange's own orders


class Treasury:
    def __init__(
        self, pits: Mapping[str, Pit], accounts: Mapping[str, Account], clerk: Clerk, desk: Desk, seed: int
    ) -> None:
        self._pits = pits
        self._accounts = accounts
        self._clerk = clerk
        self._desk = desk
        self._seed = seed
        self._next_funding_ms = _next_funding(clerk.now_ms())

    @property
    def _perpetuals(self) -> Mapping[str, Pit]:
        return {symbol: pit for symbol, pit in self._pits.items() if not pit.listing.is_spot}

    def deposit(self, name: str, amounts: Mapping[str, Decimal]) -> None:
        account = self._accounts[name]
        before = {asset: account.balance(asset) for asset in amounts}
        after = tuple(replace(before[asset], free=before[asset].free + amounts[asset]) for asset in amounts)
        with self._clerk.step():
            self._clerk.tell_account(account, "deposit", balances=after)

    def set_leverage(self, name: str, symbol: str, leverage: int) -> Position:
        account, listing, position = self._perpetual(name, symbol)
        if not 1 <= leverage <= listing.max_leverage:
            raise Refusal(Reason.BAD_LEVERAGE, f"{leverage}, at most {listing.max_leverage}")
        after = replace(position, leverage=leverage, updated_ms=self._clerk.now_ms())
        open_orders = account.open_of(symbol)
        more = margin.initial(after, open_orders) - margin.initial(position, open_orders)
        if more > 0 and more > self._available(account, listing):
            raise Refusal(Reason.NO_FUNDS, f"leverage {leverage} needs {more} more margin")
        return self._reposition(account, position, after)

    def set_margin_mode(self, name: str, symbol: str, mode: str) -> Position:
        account, _, position = self._perpetual(name, symbol)
        if mode not in MARGIN_MODES:
            raise Refusal(Reason.BAD_VALUE, f"margin mode {mode}")
        if mode == position.margin_mode:
            raise Refusal(Reason.NO_CHANGE, f"margin mode is {mode}")
        if position.quantity or account.open_of(symbol):
            raise Refusal(Reason.NOT_SUPPORTED, "not while there is a position or an open order")
        after = replace(position, margin_mode=mode, updated_ms=self._clerk.now_ms())
        return self._reposition(account, position, after)

    def funding(self, symbol: str) -> tuple[Decimal, int]:
        """The rate, and when it is due."""
        at_ms = _next_funding(self._clerk.now_ms())
        return self._rate(symbol, at_ms), at_ms

    def fund_when_due(self) -> None:
        now_ms, due_ms = self._clerk.now_ms(), self._next_funding_ms
        if now_ms >= due_ms:
            self._next_funding_ms = _next_funding(now_ms)
            self._fund({symbol: self._rate(symbol, due_ms) for symbol in self._perpetuals})

    def fund(self, rate: Decimal | None = None) -> None:
        """Now, at this rate or at the one that is due next."""
        self._fund({each: self.funding(each)[0] if rate is None else rate for each in self._perpetuals})

    def _fund(self, rates: Mapping[str, Decimal]) -> None:
        """Longs pay shorts where the rate is positive."""
        with self._clerk.step():
            for account in self._accounts.values():
                for position in account.held():
                    if position.symbol in rates:
                        self._pay_funding(account, position, rates[position.symbol])

    def _rate(self, symbol: str, at_ms: int) -> Decimal:
        """Small, and another one for every eight hours."""
        luck = share(self._seed, at_ms, *symbol.encode()) - 0.4
        return Decimal(int(luck * 40_000)).scaleb(-8)

    def liquidate(self) -> None:
        """Close what has too little margin left; the insurance fund makes up for a wallet below nothing."""
        for account in self._accounts.values():
            held = {each.symbol: self._pits[each.symbol] for each in account.held() if each.symbol in self._pits}
            if not held:
                continue
            doomed = margin.doomed(account, house_of(held))
            if not doomed:
                continue
            with self._clerk.step():
                for position in doomed:
                    pit, client_id = held[position.symbol], LIQUIDATION.format(self._clerk.next_order)
                    self._desk.close_by_force(account, pit, position.quantity, client_id)
                    self._insure(account, pit.listing)

    def _insure(self, account: Account, listing: Listing) -> None:
        wallet = account.balance(listing.settle or listing.quote)
        if wallet.free < 0:
            self._clerk.tell_account(account, "deposit", balances=(replace(wallet, free=Decimal(0)),))

    def _pay_funding(self, account: Account, position: Position, rate: Decimal) -> None:
        pit = self._perpetuals[position.symbol]
        wallet = account.balance(pit.listing.settle or pit.listing.quote)
        gained = -(position.quantity * pit.last * rate).quantize(CENT)
        self._clerk.tell_account(
            account,
            "funding",
            balances=(replace(wallet, free=wallet.free + gained),),
            positions=(position,),
            realized=gained,
        )

    def _reposition(self, account: Account, before: Position, after: Position) -> Position:
        if (after.leverage, after.margin_mode) == (before.leverage, before.margin_mode):
            return before
        with self._clerk.step():
            self._clerk.tell_account(account, "leverage", positions=(after,))
        return after

    def _perpetual(self, name: str, symbol: str) -> tuple[Account, Listing, Position]:
        account = self._accounts[name]
        if symbol not in self._perpetuals:
            raise Refusal(Reason.UNKNOWN_SYMBOL, f"{symbol} is no perpetual here")
        return account, self._perpetuals[symbol].listing, account.position(symbol)

    def _available(self, account: Account, listing: Listing) -> Decimal:
        return margin.available(account, house_of(self._perpetuals), listing.settle or listing.quote)


def _next_funding(now_ms: int) -> int:
    return now_ms - now_ms % FUNDING_MS + FUNDING_MS
