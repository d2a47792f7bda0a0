"""What happened around a moment, in one file that can be sent, and that replays."""

from twinstar.app.incident.bundle import ABOUT, JOURNAL, Belief, Incident, write
from twinstar.app.incident.replay import Replayed, replay
from twinstar.app.incident.retelling import Retold, retell

__all__ = ["ABOUT", "JOURNAL", "Belief", "Incident", "Replayed", "Retold", "replay", "retell", "write"]
