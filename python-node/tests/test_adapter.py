"""The adapter protocol over standard input and output."""

from __future__ import annotations

import json
import subprocess
import unittest
from typing import Any

from process import COMMAND, ENVIRONMENT
from support import vectors

NOW = {"wall": 1_760_000_000_000, "mono": 0}
CONFIG = {"nodeId": "iut", "host": "127.0.0.1", "port": 9000, "randomSeed": 1}


class Stdio(unittest.TestCase):
    def setUp(self) -> None:
        self.child = subprocess.Popen(
            [*COMMAND, "adapter"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
        )

    def tearDown(self) -> None:
        self.child.kill()
        self.child.communicate(timeout=20)

    def ask(self, request: Any) -> Any:
        line = request if isinstance(request, bytes) else json.dumps(request).encode()
        assert self.child.stdin is not None and self.child.stdout is not None
        self.child.stdin.write(line + b"\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def test_hello_says_who_is_there(self) -> None:
        got = self.ask({"id": 7, "op": "hello", "adapter": 1})
        self.assertEqual(got["id"], 7)
        self.assertEqual((got["ok"]["adapter"], got["ok"]["language"]), (1, "Python"))
        self.assertEqual(got["ok"]["profiles"], ["core", "membership", "anti-entropy", "legacy"])

    def test_whatever_is_wrong_gets_one_line_that_says_it(self) -> None:
        for request, code in [
            (b"{", "bad-request"), (b"\xff", "bad-request"), ([], "bad-request"), ({"id": 1}, "unknown-op"),
            ({"id": 1, "op": "frobnicate"}, "unknown-op"), ({"id": 1, "op": ["x"]}, "unknown-op"),
            ({"id": 1, "op": "decode"}, "bad-request"), ({"id": 1, "op": "decode", "datagram": "7"}, "bad-request"),
            ({"id": 1, "op": "tick", "node": "n", "now": NOW}, "unknown-node"),
            ({"id": 1, "op": "create", "node": "n", "now": NOW, "config": {**CONFIG, "fanout": 33}}, "bad-request"),
            ({"id": 1, "op": "create", "node": "n", "now": NOW, "config": {**CONFIG, "host": "0.0.0.0"}}, "bad-request"),
            ({"id": 1, "op": "create", "node": "n", "now": NOW, "config": {**CONFIG, "fanuot": 3}}, "bad-request"),
            (b"[" * 100_000, "bad-request"),
        ]:
            with self.subTest(request if len(str(request)) < 200 else "deep"):
                self.assertEqual(self.ask(request)["error"]["code"], code)
        self.assertIn("ok", self.ask({"id": 1, "op": "hello"}))

    def test_machines_live_side_by_side_until_the_input_ends(self) -> None:
        for name in ("a", "b"):
            got = self.ask({"id": 1, "op": "create", "node": name, "now": NOW, "config": {**CONFIG, "nodeId": name}})
            self.assertGreater(got["ok"]["wake"], 0)
        self.ask({"id": 2, "op": "set", "node": "a", "now": NOW, "key": "k", "value": {"ü": "\U0001f600"}})
        got = self.ask({"id": 3, "op": "get", "node": "a", "now": NOW, "key": "k"})
        self.assertEqual(got["ok"]["entry"]["value"], {"ü": "\U0001f600"})
        self.assertIsNone(self.ask({"id": 4, "op": "get", "node": "b", "now": NOW, "key": "k"})["ok"]["entry"])
        self.assertEqual(self.ask({"id": 5, "op": "destroy", "node": "a"})["ok"], {})
        out, err = self.child.communicate(timeout=20)
        self.assertEqual((self.child.returncode, out, err), (0, b"", b""))

    def test_vectors_pass_through_lines_too(self) -> None:
        for vector in list(vectors("decode"))[::40]:
            got = self.ask({"id": vector["id"], "op": "decode", "datagram": vector["datagram"]})
            self.assertEqual(got["id"], vector["id"])
            self.assertEqual(got["ok"]["verdict"], vector["expect"]["verdict"])

    def test_live_nodes_find_each_other(self) -> None:
        config = {**CONFIG, "nodeId": "a", "port": 0}
        first = self.ask({"id": 1, "op": "live.start", "node": "a", "config": config})["ok"]["address"]
        self.ask({"id": 2, "op": "live.start", "node": "b", "config": {**config, "nodeId": "b", "seeds": [first]}})
        self.ask({"id": 3, "op": "live.set", "node": "a", "key": "k", "value": None})
        for _ in range(100_000):
            if self.ask({"id": 4, "op": "live.get", "node": "b", "key": "k"})["ok"] == {"found": True, "value": None}:
                break
        else:
            self.fail("the value does not arrive")
        self.assertEqual(self.ask({"id": 5, "op": "live.stop", "node": "b"})["ok"], {})
        self.assertEqual(self.ask({"id": 6, "op": "live.kill", "node": "a"})["ok"], {})
        taken = {"id": 7, "op": "live.start", "node": "c", "config": {**config, "host": "192.0.2.1"}}
        self.assertEqual(self.ask(taken)["error"]["code"], "start-failed")


if __name__ == "__main__":
    unittest.main()
