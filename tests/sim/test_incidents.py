"""What the configuration lets go wrong goes wrong when its time has come, and is over when it said so."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from sim.tiny_wire import tiny, until

from twinstar.config import IncidentConfig
from twinstar.sim.faults import LINE_KINDS
from twinstar.sim.incidents import carry_out, fault_of


def incident(kind: str, after_s: float, lasts_s: float = 0.2) -> IncidentConfig:
    return IncidentConfig(after_s=after_s, venue="tiny", kind=kind, lasts_s=lasts_s)


async def test_incidents_happen_in_the_order_of_their_times() -> None:
    async with tiny() as client, client.line() as line:
        loop = asyncio.get_running_loop()
        began = loop.time()
        script = (incident("unavailable", 0.2), incident("close", 0.1))
        async with asyncio.TaskGroup() as group:
            group.create_task(carry_out(script, client.now.servers))
            assert (await line.receive(timeout=2)).type is aiohttp.WSMsgType.CLOSE
            assert 0.1 <= loop.time() - began < 0.2
            async with client.raw("/api.tiny.com/x", "GET") as answer:
                assert answer.status == 200
        async with client.raw("/api.tiny.com/x", "GET") as answer:
            assert answer.status == 503
        await until(lambda: not client.now.servers["tiny"].faults.left())
        async with client.raw("/api.tiny.com/x", "GET") as answer, client.line() as again:
            assert answer.status == 200
            await again.send_str("heard")
            assert await again.receive_str(timeout=2) == "heard"


@pytest.mark.parametrize("kind", sorted(LINE_KINDS))
def test_every_way_a_line_can_fail_may_be_configured(kind: str) -> None:
    fault = fault_of(incident(kind, 0, 8))
    assert (fault.on, fault.kind, fault.lasts_ms, fault.match) == ("ws", kind, 8_000, "")
