"""A gossip node of the Mumbai Gossip Protocol, version 1: membership, failure detection and a shared key/value store over UDP."""

from __future__ import annotations

__version__ = "0.1.0"
