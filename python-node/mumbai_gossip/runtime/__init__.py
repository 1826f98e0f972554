"""A node with its own socket, thread and clocks."""

from __future__ import annotations

from .node import Node, NodeStopped, StartError, Statistics

__all__ = ["Node", "NodeStopped", "StartError", "Statistics"]
