"""`run`: a node as a process (MGP1-LIV-017)."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading
from typing import Any

from ..protocol.config import ConfigError
from ..protocol.machine import Refused
from ..runtime import Node, NodeStopped, StartError
from ..wire.host import Address
from . import file
from .failure import failure, usage
from .settings import Settings

_LEVELS = {
    "off": logging.CRITICAL + 1,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": 1,
}
_LOOK_INTERVAL = 0.5


def run(options: dict[str, Any]) -> None:
    """Runs a node until it is told to leave; raises CliError."""
    settings = Settings() if options.get("config") is None else file.read(options["config"])
    settings.add_flags(options)
    listen = settings.listen()
    config = settings.config(listen)
    logging.basicConfig(
        stream=sys.stderr, level=_LEVELS[settings.log], format="%(asctime)s %(levelname)-7s %(message)s"
    )
    told_to_leave = threading.Event()
    # Listened to before the node starts, so that none is missed.
    for name in ("SIGINT", "SIGTERM"):
        with contextlib.suppress(AttributeError, ValueError):
            signal.signal(getattr(signal, name), lambda _number, _frame: told_to_leave.set())
    try:
        node = Node(config, listen)
        address = node.start()
    except ConfigError as why:
        raise (failure(why) if "record." in str(why) else usage(why)) from None
    except StartError as why:
        raise failure(why) from None
    try:
        _write(node, settings)
        _announce(config.node_id, address)
        while not told_to_leave.wait(_LOOK_INTERVAL):
            if not node.is_running:
                raise failure("the node stopped after a fatal error")
    finally:
        node.stop()


def _write(node: Node, settings: Settings) -> None:
    for key, value in settings.set.items():
        try:
            node.set(key, value)
        except Refused as why:
            raise usage(f"--set {key}: refused, {why}") from None
        except NodeStopped as why:
            raise failure(f"--set {key}: {why}") from None


def _announce(node_id: str, address: Address) -> None:
    # A node goes on without anybody who reads its first line.
    with contextlib.suppress(OSError):
        print(f"mumbai-gossip {node_id} listening on {address}", flush=True)
