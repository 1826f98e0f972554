"""Every timeline vector: a script in virtual time."""

from __future__ import annotations

import json
import unittest
from typing import Any

from driver import Driver, state_complaints
from matching import ABSENT, matches
from support import vectors

PROFILES = {"core", "membership", "anti-entropy", "legacy"}
SEEDS = (1, 2, 3)


class Script:
    def __init__(self, vector: dict[str, Any], seed: int) -> None:
        self.vector = vector
        self.driver = Driver(vector, seed)
        self.complaints: list[str] = []

    def run(self) -> list[str]:
        for step in self.vector["steps"]:
            self.step(step)
        return self.complaints

    def step(self, step: dict[str, Any]) -> None:
        driver = self.driver
        if step.get("paused"):
            driver.mono = step["at"]
            driver.tick()
        else:
            driver.run_to(step["at"])
        by_id = {peer.id: peer for peer in driver.peers.values()}
        for name in step.get("silence", []):
            by_id[name].answers = False
        for name in step.get("speak", []):
            by_id[name].answers = True
        if "stepWall" in step:
            driver.wall_offset += step["stepWall"]
        outcome = refused = None
        if "receive" in step:
            received = step["receive"]
            outcome = driver.receive(received["from"], self.datagram(received))
        for op in ("set", "delete"):
            if op in step:
                effects = driver.call(op, **step[op])
                refused = effects.get("refused")
                driver.take(effects)
        if step.get("leave"):
            driver.take(driver.call("leave"))
        if "expect" in step:
            self.expect(step["expect"], step["at"], outcome, refused)

    def datagram(self, received: dict[str, Any]) -> bytes:
        if "datagram" in received:
            return bytes.fromhex(received["datagram"])
        return json.dumps(self.filled(received["message"])).encode()

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            if "$pingId" in value:
                address, number = value["$pingId"]
                return self.driver.pings[address][number if number < 0 else number - 1]
            if "$issued" in value:
                return self.driver.call("state")["self"]["lastSeen"] + value["$issued"]
            return {name: self.filled(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        return value

    def expect(self, expect: dict[str, Any], at: int, outcome: Any, refused: Any) -> None:
        driver = self.driver
        found = state_complaints(expect, driver.call("state"))
        if "outcome" in expect and not matches(expect["outcome"], outcome):
            found.append(f"outcome {outcome}, not {expect['outcome']}")
        if "refused" in expect and not matches(expect["refused"], ABSENT if refused is None else refused):
            found.append(f"refused {refused}, not {expect['refused']}")
        for key, pattern in expect.get("reads", {}).items():
            got = driver.call("get", key=key)["entry"]
            if not matches(pattern, got):
                found.append(f"reads {key}: {got}, not {pattern}")
        for pattern in expect.get("events", []):
            if not any(matches(pattern, event) for event in driver.events):
                found.append(f"no event {pattern} in {driver.events}")
        for pattern in expect.get("notEvents", []):
            if any(matches(pattern, event) for event in driver.events):
                found.append(f"an event {pattern}")
        for pattern in expect.get("sent", []):
            found += self.sent(pattern)
        for pattern in expect.get("notSent", []):
            for note in driver.sent:
                if matches(pattern, note):
                    found.append(f"sent {note}, against {pattern}")
                    break
        self.complaints += [f"at {at}: {complaint}" for complaint in found]
        driver.sent, driver.events = [], []

    def sent(self, pattern: dict[str, Any]) -> list[str]:
        rest = {name: want for name, want in pattern.items() if name not in ("count", "messages")}
        found = [note for note in self.driver.sent if matches(rest, note)]
        complaints = []
        if not matches(pattern.get("count", {"$ge": 1}), len(found)):
            complaints.append(f"{len(found)} sent like {pattern}; sent: {[(n['at'], n['to'], n['message']['type']) for n in self.driver.sent]}")
        if "messages" in pattern and not matches(pattern["messages"], len({note["message"]["messageId"] for note in found})):
            complaints.append(f"{len(found)} sent, of another number of messages than {pattern}")
        return complaints


class TimelineVectors(unittest.TestCase):
    def test_every_script_holds_whatever_the_seed(self) -> None:
        for vector in vectors("timeline"):
            if PROFILES & set(vector.get("without", [])):
                continue
            for seed in SEEDS:
                with self.subTest(vector["id"], seed=seed, hunts=vector["hunts"]):
                    self.assertEqual(Script(vector, seed).run(), [])


if __name__ == "__main__":
    unittest.main()
