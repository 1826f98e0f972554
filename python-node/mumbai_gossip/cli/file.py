"""The configuration file: TOML, the names of the flags in snake_case."""

from __future__ import annotations

import sys
from typing import Any

from ..protocol.parameters import FIELDS, option_name
from .failure import usage
from .settings import Settings

_TEXTS = ("id", "host", "advertise", "cluster", "log", "legacy_cluster")
_FIELD_OF = {option_name(field): field for field in FIELDS}


def read(path: str) -> Settings:
    """Reads a file; raises CliError."""
    if sys.version_info < (3, 11):
        raise usage(f"cannot read {path}: reading TOML needs Python 3.11 or newer")
    import tomllib

    try:
        with open(path, "rb") as file:
            table = tomllib.load(file)
    except OSError as why:
        raise usage(f"cannot read {path}: {why.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise usage(f"{path}: {why}") from None
    settings = Settings()
    for name, value in table.items():
        try:
            _take(settings, name, value)
        except ValueError as why:
            raise usage(f"{path}: {why}") from None
    return settings


def _take(settings: Settings, name: str, value: Any) -> None:
    if name in _TEXTS:
        setattr(settings, name, _typed(name, value, str))
    elif name == "legacy":
        settings.legacy = _typed(name, value, bool)
    elif name == "port":
        settings.port = _typed(name, value, int)
    elif name == "seed":
        settings.seeds = [_typed(name, seed, str) for seed in _typed(name, value, list)]
    elif name in ("metadata", "set"):
        setattr(settings, name, _typed(name, value, dict))
    elif name in _FIELD_OF:
        settings.parameters[_FIELD_OF[name]] = _typed(name, value, int)
    else:
        raise ValueError(f"unknown key `{name}`")


def _typed(name: str, value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise ValueError(f"`{name}` cannot be this {type(value).__name__}")
    return value
