"""Child processes of the tests: this package's commands, and the Rust node where there is one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

from support import NODE, SOURCE

COMMAND = [sys.executable, "-m", "mumbai_gossip"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SOURCE)}


def rust_node() -> list[str] | None:
    """The command of the Rust node: MUMBAI_GOSSIP_RUST, or what Cargo has built here."""
    named = os.environ.get("MUMBAI_GOSSIP_RUST")
    targets = [Path(os.environ.get("CARGO_TARGET_DIR", NODE.parent / "target"))]
    found = [named] if named else [str(target / kind / "mumbai-gossip") for target in targets for kind in ("debug", "release")]
    for program in found:
        if shutil.which(program):
            return [program]
    return None


class NodeProcess:
    """A node as a process, known by its first line."""

    def __init__(self, node_id: str, *arguments: str, command: list[str] | None = None) -> None:
        self.process = subprocess.Popen(
            [*(command or COMMAND), "run", "--id", node_id, "--log", "info", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT,
        )
        line = _of(self.process.stdout).readline()
        match = re.fullmatch(rf"mumbai-gossip {re.escape(node_id)} listening on (\S+)\n", line)
        if match is None:
            raise AssertionError(f"first line {line!r}, then {_of(self.process.stderr).read()}")
        self.address = match[1]

    def end(self, number: int) -> tuple[int, str]:
        """Sends a signal; exit status and what was logged."""
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=20)
        return self.process.returncode, log

    def close(self) -> None:
        """Ends it, however it is."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=20)


def _of(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
