"""Put the parts together and run them: the only package that knows every part."""

from twinstar.app.offline import check, read_status
from twinstar.app.run import Summary, load_plugins, run

__all__ = ["Summary", "check", "load_plugins", "read_status", "run"]
