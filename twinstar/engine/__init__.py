"""The thinking part: pure, synchronous, and the same every time for the same events."""

from twinstar.engine.engine import Deployed, Engine, Outcome
from twinstar.engine.ids import OrderIds
from twinstar.engine.protection import Guard, Policy, guard
from twinstar.engine.readiness import waits_for
from twinstar.engine.reconcile import Finding, Ownership, Rules
from twinstar.engine.state import State

__all__ = [
    "Deployed",
    "Engine",
    "Finding",
    "Guard",
    "OrderIds",
    "Outcome",
    "Ownership",
    "Policy",
    "Rules",
    "State",
    "guard",
    "waits_for",
]
