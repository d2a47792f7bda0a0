"""Where and as whom: the mode's address, the account's keys, and what signs with them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, assert_never

from loguru import logger

import twinstar as ts
from twinstar_lighter import library
from twinstar_lighter.config import LighterConfig
from twinstar_lighter.signer import Key, Network, Signer, Signing, load
from twinstar_lighter.standin import StandIn

MAINNET: Final = Network("mainnet", "https://mainnet.zklighter.elliot.ai", 304)
TESTNET: Final = Network("testnet", "https://testnet.zklighter.elliot.ai", 300)
SIM_ACCOUNT: Final = 1_000  # the first of the simulated exchange, which verifies no signature
SIM_SLOTS: Final = range(12, 255)


def network_of(config: LighterConfig, context: ts.VenueContext) -> Network:
    match config.mode:
        case ts.Mode.SIM | ts.Mode.PAPER:
            if context.endpoint is not None:
                host = MAINNET.url.partition("://")[2]
                return Network("sim", f"{context.endpoint.url.rstrip('/')}/{host}", MAINNET.chain_id)
            if config.mode is ts.Mode.SIM:
                raise ts.errors.ConfigError(f"venues.{context.id}.mode: sim has no simulated exchange to talk to")
            return MAINNET
        case ts.Mode.TESTNET:
            return TESTNET
        case ts.Mode.LIVE:
            return MAINNET
    assert_never(config.mode)


def keys_of(config: LighterConfig, context: ts.VenueContext) -> list[Key]:
    """None: market data only. The simulated account's are made of its secret."""
    if config.mode is ts.Mode.PAPER:  # on paper nothing is ever signed
        return []
    if config.mode is ts.Mode.SIM and context.endpoint is not None:
        made = hashlib.sha512(context.endpoint.secret.encode()).hexdigest()[:80]
        account = int(context.endpoint.account or SIM_ACCOUNT)
        return [Key(account=account, slot=sim_slot(context.endpoint.api_key), private_key=made)]
    if config.account is None:
        return []
    return [
        Key(account=config.account.index, slot=key.index, private_key=key.private_key.get_secret_value().strip())
        for key in config.account.keys
    ]


def sim_slot(api_key: str) -> int:
    """Where the simulated exchange has bound it."""
    number = int(hashlib.sha256(f"slot of {api_key}".encode()).hexdigest()[:12], 16)
    return SIM_SLOTS[number % len(SIM_SLOTS)]


def signer_of(config: LighterConfig, context: ts.VenueContext, keys: Sequence[Key]) -> Signing:
    """The native one; the simulated exchange can do without."""
    try:
        path = library.find(config.signer_library)
    except ts.errors.ConfigError as e:
        if config.mode is not ts.Mode.SIM or config.signer_library is not None:
            raise
        logger.bind(venue=context.id).warning("simulated without Lighter's signer: {}", e)
        return StandIn(keys[0].account, context.venue_clock)
    return Signer(load(path), network_of(config, context), keys)
