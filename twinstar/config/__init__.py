"""config.yaml: what may be in it (models), how it is read (document, scalars), and how its faults are told (load).

A venue's and a strategy's own section is checked by the model that its plugin registered.
"""

from twinstar.config.document import Document, read
from twinstar.config.fields import Model
from twinstar.config.load import Settings, load, plugins_of, state_dir_of
from twinstar.config.models import (
    Config,
    HttpConfig,
    IncidentConfig,
    LimitsConfig,
    LivenessConfig,
    LogConfig,
    Mode,
    PaperVenueConfig,
    PluginsConfig,
    ReconcileConfig,
    SimConfig,
    SimMarketConfig,
    SimVenueConfig,
    StrategyConfig,
    UnprotectedConfig,
    VenueConfig,
)
from twinstar.config.risk import RiskConfig, VenueRiskConfig
from twinstar.config.secrets import SecretRef, secrets_of

__all__ = [
    "Config",
    "Document",
    "HttpConfig",
    "IncidentConfig",
    "LimitsConfig",
    "LivenessConfig",
    "LogConfig",
    "Mode",
    "Model",
    "PaperVenueConfig",
    "PluginsConfig",
    "ReconcileConfig",
    "RiskConfig",
    "SecretRef",
    "Settings",
    "SimConfig",
    "SimMarketConfig",
    "SimVenueConfig",
    "StrategyConfig",
    "UnprotectedConfig",
    "VenueConfig",
    "VenueRiskConfig",
    "load",
    "plugins_of",
    "read",
    "secrets_of",
    "state_dir_of",
]
