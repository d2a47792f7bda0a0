"""Put the parts together and run them: the only package that knows every part."""

from twinstar.app.parts import load_plugins, simulated, watched
from twinstar.app.probing import Finding, check
from twinstar.app.reading import read_status
from twinstar.app.run import Summary, run

__all__ = ["Finding", "Summary", "check", "load_plugins", "read_status", "run", "simulated", "watched"]
