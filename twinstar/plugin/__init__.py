"""How TwinStar is extended: the hooks, the registry they fill, and their manager."""

from twinstar.plugin.hookspecs import hookimpl
from twinstar.plugin.limits import read_limits
from twinstar.plugin.manager import Loaded, Plugins
from twinstar.plugin.registry import Registry, SimEndpoint, VenueContext, VenueType

__all__ = ["Loaded", "Plugins", "Registry", "SimEndpoint", "VenueContext", "VenueType", "hookimpl", "read_limits"]
