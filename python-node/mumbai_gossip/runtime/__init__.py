"""A node with its own socket, thread and clocks."""

from __future__ import annotations

from .node import Node, NodeStopped, StartError
from .views import MemberView, Statistics

__all__ = ["MemberView", "Node", "NodeStopped", "StartError", "Statistics"]
