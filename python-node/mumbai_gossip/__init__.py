"""A gossip node of the Mumbai Gossip Protocol, version 1: membership, failure detection and a shared key/value store over UDP."""

from __future__ import annotations

from .production import ProductionGossipProtocol
from .protocol.config import ConfigError
from .protocol.machine import Refused
from .protocol.parameters import ParameterError, Parameters
from .runtime.node import NodeStopped, StartError
from .version import __version__

__all__ = [
    "ConfigError",
    "NodeStopped",
    "ParameterError",
    "Parameters",
    "ProductionGossipProtocol",
    "Refused",
    "StartError",
    "__version__",
]
