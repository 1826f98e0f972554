"""From a request to an answer. Nothing that a request holds makes this fail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ..version import __version__
from .codec import decode_request, encode_request
from .core import Core
from .live import Live
from .request import Request, RequestError

ADAPTER_VERSION = 1
PROFILES = ("core", "membership", "anti-entropy", "legacy")

_log = logging.getLogger(__name__)


class Adapter:
    """All operations."""

    def __init__(self) -> None:
        core, live = Core(), Live()
        self._operations: dict[str, Callable[[Request], dict[str, Any]]] = {
            "hello": _hello,
            "decode": decode_request,
            "encode": encode_request,
            **core.operations,
            **live.operations,
        }

    def answer(self, request: Any) -> dict[str, Any]:
        """The answer to one request: `ok` or `error`, under the same id."""
        request_id = request.get("id") if isinstance(request, dict) else None
        try:
            return {"id": request_id, "ok": self._carry_out(request)}
        except RequestError as why:
            return {"id": request_id, "error": {"code": why.code, "message": why.message}}
        except Exception as why:
            _log.exception("a request failed")
            return {"id": request_id, "error": {"code": "internal", "message": f"{type(why).__name__}: {why}"}}

    def _carry_out(self, request: Any) -> dict[str, Any]:
        if not isinstance(request, dict):
            raise RequestError("bad-request", "a request must be an object")
        name = request.get("op")
        operation = self._operations.get(name) if isinstance(name, str) else None
        if operation is None:
            raise RequestError("unknown-op", f"no operation {name}")
        return operation(request)


def _hello(_request: Request) -> dict[str, Any]:
    return {
        "adapter": ADAPTER_VERSION,
        "name": "mumbai-gossip",
        "language": "Python",
        "version": __version__,
        "profiles": list(PROFILES),
        "capabilities": ["codec", "core", "live"],
    }
