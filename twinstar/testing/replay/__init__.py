"""Recorded replays: what a venue once said, over HTTP (a VCR cassette) and WebSocket (a tape), told again.

A replay needs no network and no simulator. The adapter is the one that trades; what it makes of the recording is
compared with what it made of the venue.
"""

from twinstar.testing.replay.recording import Recorded, record, record_live, replay
from twinstar.testing.replay.stories import STORIES

__all__ = ["STORIES", "Recorded", "record", "record_live", "replay"]
