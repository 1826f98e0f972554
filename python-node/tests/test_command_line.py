"""The program: `run`, `decode`, and what it says to wrong usage."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from process import COMMAND, ENVIRONMENT, NodeProcess
from support import eventually, vectors

from mumbai_gossip import ProductionGossipProtocol
from mumbai_gossip.wire.answer import answer
from mumbai_gossip.wire.canonical import canonical


def run(*arguments: str, lines: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], input=lines, capture_output=True, text=True, timeout=60, env=ENVIRONMENT, check=False
    )


class Usage(unittest.TestCase):
    def test_wrong_usage_is_one_line_and_status_2(self) -> None:
        for arguments, said in [
            ([], "COMMAND"), (["frobnicate"], "frobnicate"), (["run"], "--id is missing"), (["run", "--id", "a b"], "node id"),
            (["run", "--id", "a", "--port", "x"], "`x`"), (["run", "--id", "a", "--port", "70000"], "70000"),
            (["run", "--id", "a", "--fanout", "0"], "fanout"), (["run", "--id", "a", "--fan", "3"], "--fan"),
            (["run", "--id", "a", "--suspect-timeout-ms", "9000"], "failureTimeout"),
            (["run", "--id", "a", "--seed", "127.0.0.1"], "HOST:PORT"), (["run", "--id", "a", "--set", "k"], "KEY=VALUE"),
            (["run", "--id", "a", "--set", f"k={'x' * 700}"], "entry.size"), (["run", "--id", "a", "--log", "loud"], "loud"),
            (["run", "--id", "a", "--cluster", "a b"], "cluster"), (["run", "--id", "a", "--config", "/none"], "/none"),
            (["run", "--id", "a", "--legacy-cluster", "x"], "--legacy"),
        ]:
            with self.subTest(arguments):
                got = run(*arguments)
                self.assertEqual((got.returncode, got.stdout), (2, ""), got.stderr)
                self.assertEqual(got.stderr.count("\n"), 1, got.stderr)
                self.assertIn(said, got.stderr)

    def test_what_this_host_forbids_is_status_1(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = str(taken.getsockname()[1])
            for arguments, said in [
                (["--port", port], port), (["--host", "0.0.0.0"], "reach"), (["--metadata", f"k={'x' * 400}"], "360"),
            ]:
                got = run("run", "--id", "a", *arguments)
                self.assertEqual(got.returncode, 1, got.stderr)
                self.assertEqual(got.stderr.count("\n"), 1, got.stderr)
                self.assertIn(said, got.stderr)


class Decode(unittest.TestCase):
    def test_every_line_gets_one_answer_in_order(self) -> None:
        some = list(vectors("decode"))[::25]
        lines = ["", "xyz", "7B", "2 0", *[vector["datagram"] for vector in some]]
        got = run("decode", lines="\r\n".join(lines)).stdout.split("\n")[:-1]
        self.assertEqual(got[0], '{"reason":"size.empty","step":"size","verdict":"rejected"}')
        self.assertEqual(got[1], '{"error":"line 2 is not hexadecimal"}')
        self.assertEqual(got[2], '{"reason":"json.syntax","step":"json","verdict":"rejected"}')
        self.assertEqual(got[3], '{"error":"line 4 is not hexadecimal"}')
        expected = [canonical(answer(bytes.fromhex(vector["datagram"]))) for vector in some]
        self.assertEqual(got[4:], expected)

    def test_version_0_is_decoded_where_it_is_asked_for(self) -> None:
        line = b'{"type":"PING","senderId":"a","messageId":"m","timestamp":1,"data":{"pingId":"p"}}'.hex()
        self.assertEqual(json.loads(run("decode", "--legacy", lines=line).stdout)["message"]["dialect"], "v0-java")
        self.assertEqual(json.loads(run("decode", lines=line).stdout)["reason"], "version.unsupported")


class Run(unittest.TestCase):
    def test_a_node_leaves_on_both_signals_and_says_so_to_the_others(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), ProductionGossipProtocol("here", "127.0.0.1", 0) as here:
                process = NodeProcess("there", "--seed", here.address, "--set", 'k={"a":[1]}', "--set", "t=text")
                self.addCleanup(process.close)
                self.is_heard_and_leaves(here, process, number)

    def is_heard_and_leaves(self, here: ProductionGossipProtocol, process: NodeProcess, number: int) -> None:
        eventually(lambda: here.get_cluster_data("k") == {"a": [1]}, "its value arrives")
        eventually(lambda: here.get_cluster_data("t") == "text", "its text arrives")
        node = here._node
        assert node is not None
        eventually(lambda: node.members()[0].is_validated, "its address has proved itself")
        status, log = process.end(number)
        self.assertEqual(status, 0, log)
        self.assertIn("member here: new -> ALIVE", log)
        eventually(lambda: node.members()[0].state.name == "DEAD", "its good-bye arrives")

    @unittest.skipIf(sys.version_info < (3, 11), "reading TOML needs Python 3.11")
    def test_a_file_says_what_flags_say_and_flags_win(self) -> None:
        with tempfile.TemporaryDirectory() as folder, ProductionGossipProtocol("here", "127.0.0.1", 0, cluster="c") as here:
            file = Path(folder) / "node.toml"
            file.write_text(
                f'id = "file"\ncluster = "c"\nseed = ["{here.address}"]\ngossip_interval_ms = 100\n'
                'legacy = true\n[metadata]\nzone = "bkc"\n[set]\nk = [1, 2]\n'
            )
            process = NodeProcess("flag", "--config", str(file))
            self.addCleanup(process.close)
            eventually(lambda: here.get_cluster_data("k") == [1, 2], "the value of the file arrives")
            member = here.get_cluster_status()["cluster_nodes"]["flag"]
            self.assertEqual(member["metadata"], {"zone": "bkc"})
            self.assertEqual(process.end(signal.SIGTERM)[0], 0)
            for text, said in [("port = ", "Invalid value"), ("fan = 1", "`fan`"), ("port = 'x'", "`port`"), ("fanout = 0.5", "`fanout`")]:
                file.write_text(text)
                got = run("run", "--id", "a", "--config", str(file))
                self.assertEqual((got.returncode, got.stderr.count("\n")), (2, 1), got.stderr)
                self.assertIn(said, got.stderr)


if __name__ == "__main__":
    unittest.main()
