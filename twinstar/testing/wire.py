"""For those who write a wire: the two sides of the simulated exchange, and all that passes between them.

A module that is a wire has ``listings(symbols)``, what the venue trades, and ``make(exchange)``, a `Wire`.
"""

from twinstar.sim.model import (
    AccountChanged,
    AccountEvent,
    Balance,
    Book,
    Candle,
    Execution,
    Kind,
    Listing,
    Order,
    OrderChanged,
    Payment,
    Position,
    Reason,
    Refusal,
    Request,
    Side,
    Status,
    Tick,
    Ticker,
    TimeInForce,
)
from twinstar.sim.ports import Exchange, Keys, Line, RestRequest, Session, VenueClock, Wire

__all__ = [
    "AccountChanged",
    "AccountEvent",
    "Balance",
    "Book",
    "Candle",
    "Exchange",
    "Execution",
    "Keys",
    "Kind",
    "Line",
    "Listing",
    "Order",
    "OrderChanged",
    "Payment",
    "Position",
    "Reason",
    "Refusal",
    "Request",
    "RestRequest",
    "Session",
    "Side",
    "Status",
    "Tick",
    "Ticker",
    "TimeInForce",
    "VenueClock",
    "Wire",
]
