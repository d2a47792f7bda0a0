"""What a running service answers about its account, over its socket."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from twinstar.app.desk.asked import Answer, Asked
from twinstar.app.desk.switch import KillSwitch
from twinstar.app.desk.tickets import Tickets
from twinstar.app.desk.verdicts import Verdicts
from twinstar.app.desk.views import VIEWS, View
from twinstar.ports import Clock, JsonObject
from twinstar.runtime.control import Handler
from twinstar.runtime.service import Service


def handlers(service: Service, clock: Clock) -> Mapping[str, Handler]:
    tickets, switch = Tickets(service.sequencer, clock), KillSwitch(service, clock)
    return {
        **{name: partial(_show, view, service, clock) for name, view in VIEWS.items()},
        "place": tickets.place,
        "cancel": tickets.cancel,
        "halt": switch.halt,
        "resume": switch.resume,
        "close-all": switch.close_all,
        "reconcile": Verdicts(service, clock).reconcile,
    }


def _show(view: View, service: Service, clock: Clock, args: JsonObject) -> Answer[Any]:
    now_ms = clock.now_ms()
    rows = view(service.state, msgspec.convert(args, Asked))
    return Answer(source="service", now_ms=now_ms, as_of_ms=now_ms, rows=rows)
