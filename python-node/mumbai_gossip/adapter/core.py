"""`core`: machines under handles, driven by the suite's clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..protocol.config import ConfigError
from ..protocol.machine import Machine, Refused
from ..wire.answer import entry_meaning
from ..wire.ids import is_prefix
from .config import read_config
from .request import Request, RequestError, address, bad, datagram, now, text, value
from .view import effects_view, outcome_view, state_view


class Core:
    """The operations on machines. Several live side by side."""

    def __init__(self) -> None:
        self._machines: dict[str, Machine] = {}
        self.operations: dict[str, Callable[[Request], dict[str, Any]]] = {
            "create": self._create,
            "datagram": self._datagram,
            "tick": lambda request: effects_view(self._machine(request).tick(now(request))),
            "set": self._set,
            "delete": self._delete,
            "get": self._get,
            "leave": lambda request: effects_view(self._machine(request).leave(now(request))),
            "state": self._state,
            "digest": self._digest,
            "destroy": self._destroy,
        }

    def _machine(self, request: Request) -> Machine:
        handle = text(request, "node")
        machine = self._machines.get(handle)
        if machine is None:
            raise RequestError("unknown-node", f"no node {handle}")
        return machine

    def _create(self, request: Request) -> dict[str, Any]:
        handle, clocks = text(request, "node"), now(request)
        if handle in self._machines:
            raise bad(f"there is a node {handle} already")
        try:
            machine = Machine(read_config(request), clocks)
        except ConfigError as why:
            raise bad(str(why)) from None
        effects = machine.begin(clocks)
        self._machines[handle] = machine
        return effects_view(effects)

    def _datagram(self, request: Request) -> dict[str, Any]:
        machine = self._machine(request)
        effects, outcome = machine.datagram(now(request), address(request, "from"), datagram(request))
        return {**effects_view(effects), "outcome": outcome_view(outcome)}

    def _set(self, request: Request) -> dict[str, Any]:
        machine, key, written = self._machine(request), text(request, "key"), value(request)
        try:
            return effects_view(machine.set(now(request), key, written))
        except Refused as why:
            return {"refused": why.reason}

    def _delete(self, request: Request) -> dict[str, Any]:
        machine, key = self._machine(request), text(request, "key")
        try:
            return effects_view(machine.delete(now(request), key))
        except Refused as why:
            return {"refused": why.reason}

    def _get(self, request: Request) -> dict[str, Any]:
        entry = self._machine(request).get(now(request), text(request, "key"))
        return {"entry": None if entry is None else entry_meaning(entry)}

    def _state(self, request: Request) -> dict[str, Any]:
        machine = self._machine(request)
        return state_view(machine.view(now(request)), machine.self_record())

    def _digest(self, request: Request) -> dict[str, Any]:
        machine, prefix = self._machine(request), text(request, "prefix")
        if not is_prefix(prefix):
            raise bad("`prefix` must be 0 to 64 lower-case hexadecimal digits")
        return {"digest": machine.digest(now(request), prefix)}

    def _destroy(self, request: Request) -> dict[str, Any]:
        self._machine(request)
        del self._machines[request["node"]]
        return {}
