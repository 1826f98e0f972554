"""What a node is to be, gathered from the file and then from the flags."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ..production import resolve
from ..protocol.config import Config
from ..protocol.parameters import FIELDS, ParameterError, Parameters
from ..wire.canonical import JsonValue, NotJson, canonical
from ..wire.host import Address
from .failure import usage

LEVELS = ("off", "error", "warn", "info", "debug", "trace")


@dataclass
class Settings:
    """Everything `run` can be told."""

    id: str | None = None
    host: str = "127.0.0.1"
    port: int = 0
    advertise: str | None = None
    seeds: list[str] = field(default_factory=list)
    cluster: str = ""
    metadata: dict[str, JsonValue] = field(default_factory=dict)
    set: dict[str, JsonValue] = field(default_factory=dict)
    log: str = "info"
    legacy: bool = False
    legacy_cluster: str | None = None
    parameters: dict[str, int] = field(default_factory=dict)

    def add_flags(self, options: dict[str, Any]) -> None:
        """Lets the flags win over what is there; raises CliError."""
        for name in ("id", "host", "advertise", "cluster", "log", "legacy_cluster"):
            if options.get(name) is not None:
                setattr(self, name, options[name])
        if options.get("port") is not None:
            self.port = number("--port", options["port"])
        if options.get("legacy") is not None:
            self.legacy = options["legacy"] == "true"
        if options.get("seed"):
            self.seeds = options["seed"]
        for pair in options.get("metadata") or ():
            key, value = _split("metadata", pair)
            self.metadata[key] = value
        for pair in options.get("set") or ():
            key, value = _split("set", pair)
            self.set[key] = json_or_text(value)
        for name in FIELDS:
            if options.get(name) is not None:
                self.parameters[name] = number(name, options[name])

    def listen(self) -> Address:
        """Where to listen; raises CliError."""
        return _resolved(self.host, self.port)

    def config(self, listen: Address) -> Config:
        """The configuration of the machine; raises CliError."""
        if self.id is None:
            raise usage("--id is missing")
        if self.log not in LEVELS:
            raise usage(f"--log takes {', '.join(LEVELS[:-1])} or trace, not `{self.log}`")
        try:
            parameters = Parameters(**self.parameters)
        except ParameterError as why:
            raise usage(why) from None
        if self.legacy_cluster is not None and not self.legacy:
            raise usage("--legacy-cluster needs --legacy")
        told = listen if self.advertise is None else host_port(self.advertise)
        return Config(
            node_id=self.id,
            host=told.host,
            port=told.port,
            random_seed=0,
            cluster=self.cluster,
            metadata=self.metadata,
            seeds=tuple(host_port(seed) for seed in self.seeds),
            parameters=parameters,
            legacy=(self.legacy_cluster or "") if self.legacy else None,
        )


def host_port(text: str) -> Address:
    """The address of `HOST:PORT`, names resolved once, IPv4 first; raises CliError."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or (":" in host and not host.startswith("[")):
        raise usage(f"`{text}` is no HOST:PORT")
    return _resolved(host, number(f"the port of `{text}`", port))


def number(name: str, text: str) -> int:
    """A number in decimal digits; raises CliError."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise usage(f"{name.replace('_', '-')} takes a number, not `{text}`")
    return int(text)


def json_or_text(text: str) -> JsonValue:
    """A value as JSON where it is some, and else as text."""
    try:
        value: JsonValue = json.loads(text, parse_constant=_no_constant)
        canonical(value)
    except (ValueError, NotJson, RecursionError):
        return text
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _resolved(host: str, port: int) -> Address:
    try:
        return resolve(host, port)
    except ValueError as why:
        raise usage(why) from None


def _split(flag: str, pair: str) -> tuple[str, str]:
    key, equals, value = pair.partition("=")
    if not equals:
        raise usage(f"--{flag} takes KEY=VALUE, not `{pair}`")
    return key, value
