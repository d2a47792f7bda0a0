"""The thinking part: pure, synchronous, and the same every time for the same events."""

from twinstar.engine.engine import Deployed, Engine, Outcome
from twinstar.engine.gate import Refusal, refusal
from twinstar.engine.ids import OrderIds
from twinstar.engine.invariants import Invariants
from twinstar.engine.limits import UNLIMITED, LossLimits, RiskLimits, VenueLimits
from twinstar.engine.protection import Guard, Policy, guard
from twinstar.engine.readiness import waits_for
from twinstar.engine.reconcile import Finding, Ownership, Rules
from twinstar.engine.state import State

__all__ = [
    "UNLIMITED",
    "Deployed",
    "Engine",
    "Finding",
    "Guard",
    "Invariants",
    "LossLimits",
    "OrderIds",
    "Outcome",
    "Ownership",
    "Policy",
    "Refusal",
    "RiskLimits",
    "Rules",
    "State",
    "VenueLimits",
    "guard",
    "refusal",
    "waits_for",
]
