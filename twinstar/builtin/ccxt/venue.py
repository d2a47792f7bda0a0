"""Put a venue together: ccxt's class, our mixin, the mode's addresses and keys."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any, assert_never

from loguru import logger

from twinstar.builtin.ccxt.abilities import check_market_data, check_trading, in_words
from twinstar.builtin.ccxt.config import CcxtConfig
from twinstar.builtin.ccxt.door import Door
from twinstar.builtin.ccxt.exchange import KEEP_ALIVE_MS, TwinExchange, twin_class
from twinstar.builtin.ccxt.habits import GENERIC, Habit, habit_of
from twinstar.builtin.ccxt.history import CcxtHistory
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.builtin.ccxt.listing import CcxtListing
from twinstar.builtin.ccxt.owners import Owners
from twinstar.builtin.ccxt.reading import reading
from twinstar.builtin.ccxt.streams import CcxtStreams
from twinstar.builtin.ccxt.terms import Wanted
from twinstar.builtin.ccxt.testnet import to_testnet
from twinstar.builtin.ccxt.timing import ask_time
from twinstar.builtin.ccxt.trading import CcxtTrading
from twinstar.config import Mode
from twinstar.domain import Lane, Permissions, Timeframe, in_lane
from twinstar.errors import ConfigError
from twinstar.plugin import SimEndpoint, VenueContext
from twinstar.ports import Venue

SWITCHED_OFF = ("fetchCurrencies",)  # load_markets would ask for them, with endpoints that a trading key may not use

OWN_TIME = {"adjustForTimeDifference": False, "timeDifference": 0}  # ours is measured better


def open_venue(config: CcxtConfig, context: VenueContext) -> Venue:
    exchange = make_exchange(config, context)
    check_market_data(exchange, context.id)
    trading = _may_trade(exchange, config, context)
    if exchange.habit is GENERIC:
        told = in_words(exchange, trading=trading)
        logger.info("{}: nothing is known of {} but what ccxt declares: {}", context.id, exchange.id, told)
    history, owners = CcxtHistory(exchange=exchange), Owners()
    return Venue(
        id=context.id,
        streams=CcxtStreams(
            exchange=exchange, clock=context.clock, owners=owners, timeout_s=config.timeout_s, private=trading
        ),
        listing=CcxtListing(
            exchange=exchange,
            timeframe=Timeframe(config.timeframe),
            terms=Wanted(leverage=config.leverage, margin_mode=config.margin_mode),
            trading=trading,
        ),
        history=history,
        trading=CcxtTrading(
            exchange=exchange,
            owners=owners,
            symbols=config.instruments,
            clock=context.clock,
            visibility_ms=config.shown_within_ms,
        )
        if trading
        else None,
        pulse=history.pulse if exchange.has.get("fetchTrades") else None,
        market_speed=context.endpoint.market_speed if context.endpoint else 1.0,
        usage=exchange.usage,
        ask_time=partial(ask_time, exchange),
        permissions=partial(ask_permissions, exchange) if trading and exchange.habit.permissions else None,
        close=exchange.shut,
    )


async def ask_permissions(exchange: TwinExchange) -> Permissions:
    with in_lane(Lane.ACCOUNT), reading(exchange, "permissions of the key"):
        ask = exchange.habit.permissions
        return await ask(exchange) if ask is not None else Permissions()


def make_exchange(config: CcxtConfig, context: VenueContext) -> TwinExchange:
    exchange_id = config.exchange or context.id
    habit = habit_of(exchange_id, config.options)
    exchange = twin_class(exchange_class(exchange_id))(_settings(config, context, habit))
    exchange.logger.setLevel(logging.WARNING)  # at DEBUG it tells signed requests
    exchange.has = {**exchange.has, **dict.fromkeys(SWITCHED_OFF, False)}
    exchange.twin(
        context.id,
        habit,
        clock=context.clock,
        time=context.venue_clock,
        door=Door(context.limits, context.limiter),
        random=context.random,
        tape=context.tape,
    )
    _address(exchange, config, context)
    return exchange


def _settings(config: CcxtConfig, context: VenueContext, habit: Habit) -> dict[str, Any]:
    return {
        **_keys(config, context),
        "timeout": round(config.timeout_s * 1_000),
        "number": str,  # prices stay as they were written
        "aiohttp_trust_env": False,
        "streaming": {"keepAlive": KEEP_ALIVE_MS},
        "options": {**habit.options, "recvWindow": config.recv_window_ms, **config.options, **OWN_TIME},
    }


def _keys(config: CcxtConfig, context: VenueContext) -> dict[str, str]:
    if config.mode is Mode.SIM:
        if context.endpoint is None:
            raise ConfigError(f"venues.{context.id}.mode: sim has no simulated exchange to talk to")
        there = context.endpoint
        return {"apiKey": there.api_key, "secret": there.secret, "password": there.passphrase or there.api_key}
    if config.account is None or config.mode is Mode.PAPER:  # on paper nothing is ever signed
        return {}
    given = {
        "apiKey": config.account.api_key,
        "secret": config.account.secret,
        "password": config.account.password,
        "uid": config.account.uid,
    }
    return {name: secret.get_secret_value() for name, secret in given.items() if secret is not None}


def _address(exchange: TwinExchange, config: CcxtConfig, context: VenueContext) -> None:
    match config.mode:
        case Mode.SIM | Mode.PAPER:
            if context.endpoint is not None:
                exchange.urls["api"] = rerouted(exchange.urls["api"], context.endpoint)
        case Mode.TESTNET:
            to_testnet(exchange, context.id)
        case Mode.LIVE:
            if not config.i_accept_real_orders:
                raise ConfigError(f"venues.{context.id}.mode: live wants i_accept_real_orders: true")
        case _:
            assert_never(config.mode)


def rerouted(urls: Any, to: SimEndpoint) -> Any:
    """Every address at the simulated exchange."""
    if isinstance(urls, dict):
        return {name: rerouted(url, to) for name, url in urls.items()}
    if isinstance(urls, list):
        return [rerouted(url, to) for url in urls]
    return to.address(urls) if isinstance(urls, str) and "://" in urls else urls


def _may_trade(exchange: TwinExchange, config: CcxtConfig, context: VenueContext) -> bool:
    if config.mode is Mode.PAPER or (config.account is None and config.mode is not Mode.SIM):
        return False
    check_trading(exchange, context.id)
    return True
