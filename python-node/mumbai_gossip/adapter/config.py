"""`config` of the operations `create` and `live.start`."""

from __future__ import annotations

from typing import Any

from ..protocol.config import Config
from ..protocol.parameters import FIELD_OF, ParameterError, Parameters
from ..wire.host import Address, parse_address
from .request import Request, bad, boolean, integer, mapping, text


def read_config(request: Request, *, seed: int | bytes | None = None) -> Config:
    """Reads `config`; raises RequestError. `seed` stands in for `randomSeed` where a node has its own chance."""
    config = mapping(request, "config")
    known = {"nodeId", "host", "port", "randomSeed", "cluster", "metadata", "seeds", "legacy", "legacyCluster", *FIELD_OF}
    for name in config:
        if name not in known:
            raise bad(f"`config.{name}` is not known")
    parameters: dict[str, Any] = {FIELD_OF[name]: config[name] for name in config if name in FIELD_OF}
    try:
        checked = Parameters(**parameters)
    except ParameterError as why:
        raise bad(str(why)) from None
    metadata = config.get("metadata")
    if metadata is not None and type(metadata) is not dict:
        raise bad("`config.metadata` must be an object")
    return Config(
        node_id=text(config, "nodeId"),
        host=text(config, "host"),
        port=integer(config, "port"),
        random_seed=integer(config, "randomSeed") if seed is None else seed,
        cluster="" if config.get("cluster") is None else text(config, "cluster"),
        metadata=metadata or {},
        seeds=_seeds(config.get("seeds")),
        parameters=checked,
        legacy=_legacy(config),
    )


def _legacy(config: Request) -> str | None:
    if not boolean(config, "legacy"):
        return None
    return "" if config.get("legacyCluster") is None else text(config, "legacyCluster")


def _seeds(seeds: Any) -> tuple[Address, ...]:
    if seeds is None:
        return ()
    if type(seeds) is not list or not all(type(seed) is str for seed in seeds):
        raise bad("`config.seeds` must be a list of addresses")
    try:
        return tuple(parse_address(seed) for seed in seeds)
    except ValueError as why:
        raise bad(f"`config.seeds`: {why}") from None
