"""What we use of ccxt; every other module of this package gets it from here, so that it comes in lazily."""

# ruff: noqa: E402 - the packages must be prepared before anything of ccxt is imported

from __future__ import annotations

from twinstar.builtin.ccxt import lazy

lazy.prepare()

from ccxt.async_support.base.exchange import Exchange
from ccxt.async_support.base.ws.client import Client
from ccxt.base.errors import BaseError, NetworkError, OrderNotFound, RequestTimeout

__all__ = ["BaseError", "Client", "Exchange", "NetworkError", "OrderNotFound", "RequestTimeout"]
