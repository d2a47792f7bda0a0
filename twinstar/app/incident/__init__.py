"""What happened around a moment, in one file that can be sent, and that replays."""

from twinstar.app.incident.bundle import ABOUT, JOURNAL, Belief, Incident, write
from twinstar.app.incident.replay import Replayed, replay

__all__ = ["ABOUT", "JOURNAL", "Belief", "Incident", "Replayed", "replay", "write"]
