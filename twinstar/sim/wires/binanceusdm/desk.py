"""What every endpoint shares: the contracts, and what the wire itself remembers."""

from __future__ import annotations

from twinstar.sim.ports import Exchange
from twinstar.sim.wires.binance_common.desk import Call, Markets
from twinstar.sim.wires.binanceusdm.contracts import Contract, contract_of
from twinstar.sim.wires.listenkeys import ListenKeys
from twinstar.sim.wires.margin import Exposure
from twinstar.sim.wires.wallet import Wallet, wallet_of

ASSET = "USDT"  # what everything here settles in


class Desk(Markets[Contract]):
    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange, map(contract_of, exchange.listings))
        self.listen_keys = ListenKeys(exchange.clock)

    def wallet(self, call: Call) -> Wallet:
        return wallet_of(self.exchange, call.account, ASSET)

    def held(self, call: Call) -> list[tuple[Exposure, Wallet]]:
        """In the one market that was named, else in all."""
        contract, wallet = self.market_or_none(call.params), self.wallet(call)
        return [
            (held, wallet)
            for held in wallet.exposures
            if contract is None or held.position.symbol == contract.listing.symbol
        ]
