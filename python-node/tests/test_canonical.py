"""Canonical JSON (RFC 8785)."""

from __future__ import annotations

import json
import math
import random
import struct
import unittest

import support  # noqa: F401

from mumbai_gossip.wire.canonical import NotJson, canonical, integer, number


class Numbers(unittest.TestCase):
    def test_doubles_print_as_ecmascript_prints_them(self) -> None:
        # The table of RFC 8785, appendix B.
        for bits, text in [
            (0x0000000000000000, "0"), (0x8000000000000000, "0"), (0x0000000000000001, "5e-324"),
            (0x8000000000000001, "-5e-324"), (0x7FEFFFFFFFFFFFFF, "1.7976931348623157e+308"),
            (0x4340000000000000, "9007199254740992"), (0x4430000000000000, "295147905179352830000"),
            (0x44B52D02C7E14AF5, "9.999999999999997e+22"), (0x44B52D02C7E14AF6, "1e+23"),
            (0x444B1AE4D6E2EF4E, "999999999999999700000"), (0x444B1AE4D6E2EF50, "1e+21"),
            (0x3EB0C6F7A0B5ED8C, "9.999999999999997e-7"), (0x3EB0C6F7A0B5ED8D, "0.000001"),
            (0x41B3DE4355555553, "333333333.3333332"), (0x41B3DE4355555557, "333333333.33333343"),
            (0xBECBF647612F3696, "-0.0000033333333333333333"), (0x43143FF3C1CB0959, "1424953923781206.2"),
        ]:
            with self.subTest(text):
                (value,) = struct.unpack(">d", struct.pack(">Q", bits))
                self.assertEqual(number(value), text)

    def test_every_double_reads_back_as_itself(self) -> None:
        chance = random.Random(1)
        for _ in range(20_000):
            (value,) = struct.unpack(">d", chance.randbytes(8))
            if math.isfinite(value):
                self.assertEqual(float(number(value)), value)

    def test_integers_beyond_2_to_the_53_print_as_the_nearest_double(self) -> None:
        self.assertEqual(integer(2**53), "9007199254740992")
        self.assertEqual(integer(12345678901234567890), "12345678901234567000")
        self.assertEqual(integer(-(10**30)), "-1e+30")

    def test_what_is_no_number_of_json_is_refused(self) -> None:
        for value in (float("nan"), float("inf"), -float("inf"), 10**400):
            with self.assertRaises(NotJson):
                canonical(value)


class Texts(unittest.TestCase):
    def test_members_are_sorted_by_utf16_code_units(self) -> None:
        # U+1F600 is D83D DE00 in UTF-16, which is below U+FB33.
        names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
        self.assertEqual(
            list(json.loads(canonical(dict.fromkeys(names)))),
            ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"],
        )

    def test_only_what_must_be_escaped_is(self) -> None:
        self.assertEqual(canonical('\x00\b\t\n\f\r\x1f"\\/\x7f\u2028é'), '"\\u0000\\b\\t\\n\\f\\r\\u001f\\"\\\\/\x7f\u2028é"')

    def test_what_json_cannot_carry_is_refused(self) -> None:
        for value in ("\ud800", {"\udc00": 1}, [object()], {1: 2}, b"x", {1, 2}):
            with self.assertRaises(NotJson):
                canonical(value)  # type: ignore[arg-type]

    def test_booleans_are_no_numbers(self) -> None:
        self.assertEqual(canonical([True, False, None, 1, 0]), "[true,false,null,1,0]")


if __name__ == "__main__":
    unittest.main()
