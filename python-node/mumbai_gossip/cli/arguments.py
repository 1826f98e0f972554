"""What can be said on the command line."""

from __future__ import annotations

import argparse
from typing import NoReturn

from ..protocol.parameters import FIELDS, option_name, wire_name
from ..version import __version__
from .failure import usage


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise usage(f"{message}; see --help")


def parser() -> argparse.ArgumentParser:
    """The parser; it raises CliError for wrong usage."""
    top = _Parser(
        prog="mumbai-gossip-python",
        description="A gossip node: membership, failure detection and a shared key/value store over UDP",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"mumbai-gossip {__version__} (Python)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    _run(commands.add_parser("run", help="runs a node until SIGINT or SIGTERM, on which it leaves", allow_abbrev=False))
    decode = commands.add_parser("decode", help="reads datagrams as lines of hexadecimal digits and writes what each means")
    _legacy(decode, "takes the two published dialects of version 0 too")
    commands.add_parser("adapter", help="speaks the adapter protocol of the conformance suite on standard input and output")
    demo = commands.add_parser("demo", help="five suburbs of Mumbai in one process")
    demo.add_argument("--first-port", type=int, default=0, metavar="PORT", help="port of the first; 0 for any free ones")
    return top


def _legacy(command: argparse.ArgumentParser, text: str) -> None:
    # It may have a value, so that a script can say `--legacy false`.
    command.add_argument("--legacy", metavar="BOOL", nargs="?", const="true", choices=("true", "false"), help=text)


def _run(run: argparse.ArgumentParser) -> None:
    run.description = "Runs a node until SIGINT or SIGTERM, on which it leaves."
    run.add_argument("--id", metavar="ID", help="node id: 1 to 64 characters of A-Z a-z 0-9 . _ : -")
    run.add_argument("--host", metavar="HOST", help="address to listen on [default: 127.0.0.1]")
    run.add_argument("--port", metavar="PORT", help="UDP port to listen on, 0 for any free one [default: 0]")
    run.add_argument("--advertise", metavar="HOST:PORT", help="address at which others reach this node")
    run.add_argument("--seed", metavar="HOST:PORT", action="append", help="address to join by; may be repeated")
    run.add_argument("--cluster", metavar="NAME", help="name of the cluster")
    run.add_argument(
        "--metadata", metavar="KEY=VALUE", action="append", help="what the node says of itself; may be repeated"
    )
    run.add_argument(
        "--set", metavar="KEY=VALUE", action="append", help="writes a value, JSON or else text, at start; may be repeated"
    )
    _legacy(run, "receives the two published dialects of version 0 too")
    run.add_argument(
        "--legacy-cluster", metavar="NAME", help="cluster that version 0 messages count as [default: the empty name]"
    )
    run.add_argument("--config", metavar="FILE", help="TOML file with the same names in snake_case; flags win over it")
    run.add_argument("--log", metavar="LEVEL", help="off, error, warn, info, debug or trace [default: info]")
    group = run.add_argument_group("parameters")
    for field in FIELDS:
        flag = "--" + option_name(field).replace("_", "-")
        group.add_argument(flag, dest=field, metavar="N", help=f"{wire_name(field)} of the specification")
