"""The room for PINGs to strangers, and the silence after a long absence, at their very limits."""

from __future__ import annotations

import json
import unittest

import support  # noqa: F401
from driver import Driver

from mumbai_gossip.protocol.absence import Absence
from mumbai_gossip.protocol.config import Config
from mumbai_gossip.protocol.context import Context
from mumbai_gossip.protocol.effects import Now
from mumbai_gossip.protocol.parameters import Parameters
from mumbai_gossip.protocol.peers import Peers
from mumbai_gossip.state.members import MemberTable
from mumbai_gossip.wire.host import Address
from mumbai_gossip.wire.record import Record, State, new_content


def stranger(number: int) -> Address:
    return Address("10.1.0.1", 1_000 + number)


class RoomForStrangers(unittest.TestCase):
    def setUp(self) -> None:
        self.seeds = [stranger(number) for number in range(10)]
        self.peers = Peers(Parameters(fanout=3, gossip_interval=1_000), MemberTable(10), self.seeds)

    def ask(self, number: int, mono: int) -> None:
        self.assertTrue(self.peers.may_ping_stranger(stranger(number), mono))
        self.peers.sent(f"ping{number}", stranger(number), mono)

    def test_who_answers_makes_room_for_two_more_and_once(self) -> None:
        for number in range(3):
            self.ask(number, 0)
        self.assertEqual(self.peers.room_at(0), 1_001)
        self.peers.answered("ping0", stranger(0), 10)
        self.peers.answered("ping0", stranger(0), 11)
        self.assertEqual(self.peers.take_proved(), 1)
        self.ask(3, 20)
        self.ask(4, 30)
        self.assertGreater(self.peers.room_at(30), 30)

    def test_what_an_answer_earned_is_gone_after_an_interval(self) -> None:
        for number in range(3):
            self.ask(number, 0)
        self.peers.answered("ping0", stranger(0), 500)
        self.ask(3, 900)
        self.ask(4, 900)
        # At 1,001 the three of the beginning do not count any more; the answer does until 1,500, and those of 900 longer.
        self.assertEqual(self.peers.room_at(950), 1_001)
        for number in (5, 6, 7):
            self.ask(number, 1_001)
        # Without the answer five are two too many until those of 900 are old enough: then three are left, one too many still.
        self.assertEqual(self.peers.room_at(1_600), 2_002)

    def test_a_wrong_echo_earns_nothing(self) -> None:
        for number in range(3):
            self.ask(number, 0)
        self.peers.answered("ping0", stranger(1), 10)
        self.peers.answered("ping9", stranger(9), 10)
        self.assertEqual(self.peers.take_proved(), 0)
        self.assertEqual(self.peers.room_at(10), 1_001)


class QuestionsThatCross(unittest.TestCase):
    def test_who_asks_for_the_list_while_a_ping_is_out_to_it_gets_no_second_one(self) -> None:
        seed = "127.0.0.1:9001"
        driver = Driver({"config": {"seeds": [seed]}})

        def receive(number: int, kind: str, **data: object) -> None:
            clock = driver.wall + number
            own = {"host": "127.0.0.1", "port": 9001, "state": "ALIVE", "lastSeen": clock, "updated": driver.wall}
            text = {
                "protocolVersion": 1, "type": kind, "senderId": "p1", "messageId": f"m{number}", "timestamp": clock,
                "data": {"membership": {"p1": own}, **data},
            }
            driver.receive(seed, json.dumps(text).encode())

        receive(1, "PING", pingId="x", full=True)
        receive(2, "PONG", pingId=driver.pings[seed][0])
        driver.run_to(900)
        self.assertEqual(len(driver.pings[seed]), 1)
        self.assertIn("MEMBERSHIP", [note["message"]["type"] for note in driver.sent if note["to"] == seed])


class SilenceAfterAbsence(unittest.TestCase):
    def setUp(self) -> None:
        parameters = Parameters(tombstone_retention=20_000, sync_interval=1_000)
        self.context = Context(Config("n0", "10.0.0.1", 9_000, 1, parameters=parameters), Now(0, 0))
        self.context.members.add("n1", Record(new_content("n1", "10.0.0.2", 9_000), 0, 0, State.ALIVE), 0)
        self.absence = Absence(self.context)

    def at(self, mono: int) -> Absence:
        self.context.now = Now(0, mono)
        return self.absence

    def test_a_short_loss_of_contact_silences_nobody(self) -> None:
        self.assertFalse(self.at(20_000).is_silent())
        self.at(20_000).heard("n1")
        self.assertFalse(self.at(40_000).is_silent())

    def test_a_sender_that_is_no_member_does_not_count_as_contact(self) -> None:
        self.at(20_000).heard("n2")
        self.assertTrue(self.at(20_001).is_silent())

    def test_ten_intervals_without_sync_end_it(self) -> None:
        self.at(30_000).heard("n1")
        self.assertTrue(self.at(39_999).is_silent())
        self.assertFalse(self.at(40_000).is_silent())

    def test_sync_prolongs_it_and_agreement_ends_it(self) -> None:
        self.at(30_000).heard("n1")
        self.at(35_000).heard_sync()
        self.assertTrue(self.at(44_999).is_silent())
        self.at(44_999).end()
        self.assertFalse(self.at(44_999).is_silent())

    def test_sync_without_absence_begins_none(self) -> None:
        self.at(100).heard_sync()
        self.assertFalse(self.at(101).is_silent())


if __name__ == "__main__":
    unittest.main()
