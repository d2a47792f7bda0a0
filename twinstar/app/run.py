"""Put the service together from its settings, and run it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from random import Random

from msgspec import Struct

from twinstar import __version__
from twinstar.app import desk
from twinstar.app.account_lock import held
from twinstar.app.history import Errands, configured, left_open, opener
from twinstar.app.limits import risk_limits
from twinstar.app.modes import keep_modes_apart
from twinstar.app.parts import CANDLES, TAPES, key_rules, rules_of, simulated, watched
from twinstar.config import LivenessConfig, Settings
from twinstar.domain import InstrumentId
from twinstar.engine import Deployed, Policy
from twinstar.errors import ConfigError
from twinstar.plugin import Plugins, SimEndpoint
from twinstar.plugin.metering import account_key
from twinstar.ports import CandleStore, Clock, Journal, Venue
from twinstar.runtime.candles import Leave
from twinstar.runtime.control import Handler, serve_control
from twinstar.runtime.health import Check, serve_health
from twinstar.runtime.line import Care
from twinstar.runtime.metered import MeteredJournal
from twinstar.runtime.metrics import Metrics
from twinstar.runtime.service import Member, Service
from twinstar.runtime.status import Status
from twinstar.runtime.tape import Ring
from twinstar.runtime.tasks import first, for_ever
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.runtime.vigil import Patience

SHOW_EVERY_S = 0.5
SPARE_CANDLES = 100  # a start has them at hand, for whoever looks
Show = Callable[[Status], None]


class Summary(Struct, frozen=True, kw_only=True):
    """What a run came to."""

    ran_s: float
    status: Status


async def run(
    settings: Settings,
    *,
    plugins: Plugins,
    clock: Clock,
    stop: asyncio.Event,
    for_s: float | None = None,
    show: Show | None = None,
) -> Summary:
    """Trade until ``stop`` is set, or for ``for_s`` seconds.

    Raises `StateError` when the state is damaged or another process has it, `AccountInUse` when another one trades on
    an account, `ConfigError` for what only a venue can tell (an unknown symbol), and an `ExceptionGroup` for what is
    a bug.
    """
    begun_s = clock.monotonic_s()
    async with AsyncExitStack() as stack:
        ring = _ring(settings, clock, stack)
        service, errands = await _assemble(settings, plugins, clock, stack, ring)
        await _open_doors(settings, service, {**desk.handlers(service, clock), **errands.handlers()}, stack)
        async with asyncio.TaskGroup() as tasks:
            aside = [
                tasks.create_task(work)
                for work in (
                    _stop_after(stop, for_s, clock),
                    _keep_shown(service, show),
                    errands.run(),
                    _keep_tapes(ring),
                )
            ]
            await service.run(stop)
            for task in aside:
                task.cancel()
        return Summary(ran_s=clock.monotonic_s() - begun_s, status=service.status(os.getpid()))


async def _assemble(
    settings: Settings, plugins: Plugins, clock: Clock, stack: AsyncExitStack, ring: Ring | None
) -> tuple[Service, Errands]:
    making = _Making(
        settings=settings,
        plugins=plugins,
        strategies=_deploy(settings),
        clock=clock,
        random=Random(clock.now_ms()),
        stack=stack,
        ring=ring,
    )
    journal = plugins.registry.journal_type(settings.config.journal).make(settings.state_dir, clock)
    stack.push_async_callback(journal.close)
    keep_modes_apart(settings)
    store = plugins.registry.store_type(settings.config.store).make(settings.state_dir / CANDLES)
    stack.push_async_callback(store.close)
    service = making.service(journal, store)
    _refuse_to_forget(settings, service)
    endpoints = await stack.enter_async_context(simulated(settings))
    venues: list[Venue] = []
    opened = opener(settings, plugins, venues, store, clock=clock, random=making.random)
    errands = Errands(opened, clock, service.tell)
    for venue_id in settings.venues:
        member = making.member(venue_id, endpoints.get(venue_id), errands.leave)
        venues.append(member.venue)
        service.add(member)
    for series in configured(settings):
        span = left_open(service.state, series, store.summary().get(series))
        if span is not None:
            errands.leave(series, span)
    return service, errands


class _Making(Struct, frozen=True, kw_only=True):
    """What the parts of a service are made of."""

    settings: Settings
    plugins: Plugins
    strategies: Sequence[Deployed]
    clock: Clock
    random: Random
    stack: AsyncExitStack
    ring: Ring | None

    def service(self, journal: Journal, store: CandleStore) -> Service:
        unprotected, metrics = self.settings.config.unprotected, Metrics(__version__)
        return Service(
            journal=MeteredJournal(journal, metrics, self.clock),
            store=store,
            strategies=self.strategies,
            clock=self.clock,
            random=self.random,
            metrics=metrics,
            notifiers=self.plugins.registry.make_notifiers(),
            limits=risk_limits(self.settings),
            policy=Policy(after_ms=round(unprotected.after_s * 1_000), close=unprotected.policy == "close"),
            version=__version__,
        )

    def member(self, venue_id: str, endpoint: SimEndpoint | None, leave: Leave) -> Member:
        """A venue, its account locked; as long as the stack."""
        venue_type, config = self.settings.venues[venue_id]
        key = account_key(venue_type.limits(venue_id, config), config, endpoint)
        state_dir, time = self.settings.state_dir, MeasuredClock(self.clock)
        lock = None if key is None else self.stack.enter_context(held(key, venue_id, state_dir, self.clock))
        venue = self.plugins.open_venue(
            venue_id,
            venue_type,
            config,
            clock=self.clock,
            venue_clock=time,
            random=self.random,
            endpoint=endpoint,
            state_dir=state_dir,
            tape=self.ring.tape(venue_id) if self.ring is not None else None,
        )
        care = Care(
            restore=self.plugins.restore(venue),
            resync=self.plugins.resync(venue),
            resync_every_s=self.settings.config.resync_every_s,
            warm_up=_warm_up(venue_id, self.strategies),
            patience=_patience(config.liveness),
            leave=leave,
        )
        return Member(
            venue=venue,
            watched=watched(self.settings)[venue_id],
            care=care,
            rules=rules_of(config.reconcile),
            key=key_rules(config),
            time=time,
            not_alone=lock.trouble if lock is not None else None,
        )


def _refuse_to_forget(settings: Settings, service: Service) -> None:
    """What is held, or still ordered, has to be watched: it cannot be left out of the configuration."""
    served = {of for venue in watched(settings).values() for of in venue.instruments}
    state = service.state
    left_out = {*state.exposed(), *(order.instrument for order in state.all_open())} - served
    if left_out:
        raise ConfigError(
            [
                f"{settings.path}: {of} is not in the configuration, but the state in {settings.state_dir} holds "
                f"{state.position(of).quantity} of it and {len(state.open_orders(of))} open orders; put it back, "
                "let it be closed, and take it out then"
                for of in sorted(left_out)
            ]
        )


async def _open_doors(
    settings: Settings, service: Service, asked: Mapping[str, Handler], stack: AsyncExitStack
) -> None:
    """For questions from this machine: the Unix socket always, metrics and health when a port is configured."""
    pid = os.getpid()
    handlers = {"status": lambda _: service.status(pid), **asked}
    await stack.enter_async_context(serve_control(settings.state_dir / "service.sock", handlers))
    if settings.config.http is not None:
        checks: dict[str, Check] = {
            venue_id: lambda venue_id=venue_id: service.not_ready(venue_id)  # type: ignore[misc]
            for venue_id in settings.venues
        }
        await stack.enter_async_context(serve_health(settings.config.http.port, service.metrics, checks))


def _patience(liveness: LivenessConfig) -> Patience:
    """Half the time is for the verdict, the other half for dialling anew."""
    return Patience(
        quiet_s=liveness.dead_s / 5, slow_s=liveness.dead_s, blind_s=liveness.blind_s, grace_s=liveness.grace_s
    )


def _warm_up(venue_id: str, strategies: Iterable[Deployed]) -> int:
    """Candles from before the first one, for the strategy that needs the most of them."""
    needs = [s.needs for s in strategies if any(of.venue == venue_id for of in s.instruments)]
    return max(needs, default=0) + SPARE_CANDLES


def _deploy(settings: Settings) -> list[Deployed]:
    return [
        Deployed(
            name=name,
            type=strategy_type.name,
            instruments=frozenset(InstrumentId.parse(text) for text in config.instruments),
            strategy=(strategy := strategy_type.make(config)),
            needs=getattr(strategy, "candles_needed", 0),
        )
        for name, (strategy_type, config) in settings.strategies.items()
    ]


async def _stop_after(stop: asyncio.Event, for_s: float | None, clock: Clock) -> None:
    if for_s is not None:
        await first(stop.wait(), clock.sleep(for_s))
        stop.set()


def _ring(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Ring | None:
    """Its last rows are written when all else is closed."""
    wanted = settings.config.tapes
    if wanted is None:
        return None
    ring = Ring(settings.state_dir / TAPES, clock, minutes=wanted.minutes, megabytes=wanted.megabytes)
    stack.callback(ring.write)
    return ring


async def _keep_tapes(ring: Ring | None) -> None:
    if ring is not None:
        await ring.run()


async def _keep_shown(service: Service, show: Show | None) -> None:
    if show is None:
        await for_ever()
    while show is not None:
        show(service.status(os.getpid()))
        await asyncio.sleep(SHOW_EVERY_S)
