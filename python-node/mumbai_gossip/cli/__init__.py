"""The command line: `run`, `decode`, `adapter` and `demo`.

Exit status 0 for success, 1 for what went wrong on this host (a taken port), 2 for wrong usage. Errors are one line on standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from .arguments import parser
from .failure import CliError, failure


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; returns its exit status."""
    try:
        options = parser().parse_args(arguments)
        _carry_out(options.command, vars(options))
    except CliError as why:
        print(f"mumbai-gossip: {why}", file=sys.stderr)
        return why.status
    except BrokenPipeError:
        # Whoever read the output went away early, which is no failure; the interpreter must not write the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    return 0


def _carry_out(command: str, options: dict[str, object]) -> None:
    if command == "run":
        from .run import run

        run(options)
    elif command == "decode":
        from .decode import decode

        decode(sys.stdin.buffer, sys.stdout.buffer, legacy=options.get("legacy") == "true")
    elif command == "adapter":
        _adapter()
    else:
        from ..demo import mumbai_distributed_system_demo
        from ..runtime import StartError

        try:
            port = options.get("first_port")
            mumbai_distributed_system_demo(port if isinstance(port, int) else 0)
        except StartError as why:
            raise failure(why) from None


def _adapter() -> None:
    from ..adapter.stdio import serve

    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What anything else prints goes to standard error: the suite reads nothing but answers.
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)
