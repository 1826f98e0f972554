"""`live`: the same node with its own socket, thread and clocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..protocol.config import ConfigError
from ..protocol.machine import Machine, Refused
from ..runtime import Node, NodeStopped, StartError, clock
from ..wire.host import Address
from .config import read_config
from .request import Request, RequestError, address, bad, text, value
from .view import state_view


class Live:
    """Nodes under handles."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self.operations: dict[str, Callable[[Request], dict[str, Any]]] = {
            "live.start": self._start,
            "live.set": self._set,
            "live.delete": self._delete,
            "live.get": self._get,
            "live.status": self._status,
            "live.stop": lambda request: self._end(request, leave=True),
            "live.kill": lambda request: self._end(request, leave=False),
        }

    def _node(self, request: Request) -> Node:
        node = self._nodes.get(text(request, "node"))
        if node is None or not node.is_running:
            raise RequestError("unknown-node", f"no node {request['node']} that runs")
        return node

    def _start(self, request: Request) -> dict[str, Any]:
        handle = text(request, "node")
        if handle in self._nodes:
            raise bad(f"there is a node {handle} already")
        config = read_config(request, seed=0)
        listen = Address(config.host, config.port)
        if request.get("advertise") is not None:
            told = address(request, "advertise")
            config = replace(config, host=told.host, port=told.port)
        node = Node(config, listen)
        try:
            where = node.start()
        except (StartError, ConfigError) as why:
            raise RequestError("start-failed", str(why)) from None
        self._nodes[handle] = node
        return {"address": str(where)}

    def _set(self, request: Request) -> dict[str, Any]:
        return self._written(lambda: self._node(request).set(text(request, "key"), value(request)))

    def _delete(self, request: Request) -> dict[str, Any]:
        return self._written(lambda: self._node(request).delete(text(request, "key")))

    def _written(self, write: Callable[[], None]) -> dict[str, Any]:
        try:
            write()
        except Refused as why:
            return {"refused": why.reason}
        except NodeStopped as why:
            raise RequestError("unknown-node", str(why)) from None
        return {}

    def _get(self, request: Request) -> dict[str, Any]:
        found, held = self._node(request).get(text(request, "key"))
        return {"found": True, "value": held} if found else {"found": False}

    def _status(self, request: Request) -> dict[str, Any]:
        shown: dict[str, Any] = self._node(request).inspect(_state)
        return shown

    def _end(self, request: Request, *, leave: bool) -> dict[str, Any]:
        node = self._nodes.pop(text(request, "node"), None)
        if node is None:
            raise RequestError("unknown-node", f"no node {request['node']}")
        node.stop() if leave else node.kill()
        return {}


def _state(machine: Machine) -> dict[str, Any]:
    return state_view(machine.view(clock.now()), machine.self_record())
