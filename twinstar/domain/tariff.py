"""What a request is charged, by a venue's limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import translate

from twinstar.domain.limits import Endpoint, Limits
from twinstar.domain.pacing import Charge


class Tariff:
    """Remembers what it has looked up: paths are few, requests many."""

    def __init__(self, limits: Limits) -> None:
        self._patterns = [(re.compile(translate(what)), endpoint) for what, endpoint in limits.endpoints.items()]
        self._exact = dict(limits.endpoints)
        self._known: dict[str, tuple[Endpoint, tuple[Charge, ...]]] = {}

    def charges(self, what: str, params: Mapping[str, object] | None = None) -> tuple[Charge, ...]:
        """``what``: "GET /v1/candles/minutes/1". What fits nothing is charged as ``default``."""
        known = self._known.get(what)
        if known is None:
            endpoint = self._endpoint(what)
            known = self._known[what] = endpoint, _charges(endpoint, None)
        endpoint, usual = known
        if endpoint.steps is None and not endpoint.without:
            return usual
        return _charges(endpoint, _weight(endpoint, params or {}))

    def _endpoint(self, what: str) -> Endpoint:
        fits = (endpoint for pattern, endpoint in self._patterns if pattern.match(what))
        return self._exact.get(what) or next(fits, Endpoint(charges={"default": 1}))


def _charges(endpoint: Endpoint, first: float | None) -> tuple[Charge, ...]:
    weights = [*endpoint.charges.items()]
    if first is not None:
        weights[0] = (weights[0][0], first)
    return tuple(Charge(quota, weight) for quota, weight in weights)


def _weight(endpoint: Endpoint, params: Mapping[str, object]) -> float | None:
    """Of the quota that is named first; None: as it is. A parameter that is no number counts as the heaviest."""
    for name, weight in endpoint.without.items():
        if params.get(name) is None:
            return weight
    if endpoint.steps is None:
        return None
    given = params.get(endpoint.steps.param)
    try:
        asked = endpoint.steps.usual if given is None else float(str(given))
    except ValueError:
        return None
    return next((weight for most, weight in endpoint.steps.upto if asked <= most), None)
