#!/usr/bin/env python3
"""Writes the generated parts of chapter 14 of the specification, the worked example.

    python3 tools/example/make.py            rewrite the chapter in place
    python3 tools/example/make.py --check    change nothing; status 1 if the chapter is out of date
    python3 tools/example/make.py --hex      print the datagrams in order, one line of hexadecimal digits each

The chapter's prose is written by hand. What stands between `<!-- begin NAME -->` and `<!-- end NAME -->` is
computed here, so that no length, clock or byte in the chapter is typed by a person. Python 3.11, standard library only.
"""

import base64
import hashlib
import json
import pathlib
import re
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHAPTER = ROOT / "spec" / "v1" / "14-worked-example.md"

START = 1_795_420_800_000  # 2026-11-23 08:00:00 UTC: mumbai_worli starts
COMPRESSION_THRESHOLD = 512
MAX_PACKET_SIZE = 1400
PADDED_PING = 480
CLOCK_LIMIT = 2**52
ADDRESS = {"mumbai_bkc": ("127.0.0.1", 9100), "mumbai_worli": ("127.0.0.1", 9101)}
UPDATED = {"mumbai_bkc": START - 60_000, "mumbai_worli": START}


def canonical(value):
    """RFC 8785 text of a value made of ASCII strings, integers, booleans, arrays and objects, as all values here are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def token(label, length=11):
    """A stand-in for random characters: always the same for one label. Eleven of them carry 64 bits and more."""
    digest = hashlib.sha256(label.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:length]


def record(node, last_seen, state="ALIVE"):
    host, port = ADDRESS[node]
    return {
        "host": host,
        "lastSeen": last_seen,
        "metadata": {"zone": node.removeprefix("mumbai_")},
        "port": port,
        "state": state,
        "updated": UPDATED[node],
    }


def entry(source, timestamp, value, version):
    return {"sourceNode": source, "timestamp": timestamp, "value": value, "version": version}


def message(name, kind, sender, at, data):
    """A message sent `at` milliseconds after START, with the sender's own record in its membership."""
    timestamp = START + at
    membership = {sender: record(sender, timestamp), **data.pop("membership", {})}
    return {
        "data": {**data, "membership": membership},
        "messageId": token(f"messageId {name}"),
        "protocolVersion": 1,
        "senderId": sender,
        "timestamp": timestamp,
        "type": kind,
    }


def padded(ping):
    """The same PING with just enough `pad` to be PADDED_PING bytes long."""
    ping["data"]["pad"] = ""
    ping["data"]["pad"] = "." * max(0, PADDED_PING - len(canonical(ping)))
    return ping


def entry_size(key, value):
    return len(canonical({key: value})) - 2


def record_size(node):
    worst = {**record(node, CLOCK_LIMIT - 1, "SUSPECT"), "updated": CLOCK_LIMIT - 1}
    return len(canonical({node: worst})) - 2


BKC, WORLI = "mumbai_bkc", "mumbai_worli"
PING_1, PING_2 = token("pingId 1"), token("pingId 2")
WRITE = START + 2000
WINNER = entry(BKC, WRITE, 50, token("version of bkc", 6))
LOSER = entry(WORLI, WRITE, 45, token("version of worli", 6))
LATER = START + 2500
FOUR = {
    "employee_count": WINNER,
    "last_backup": entry(BKC, LATER, LATER - 3_600_000, token("version backup", 6)),
    "office_location": entry(BKC, LATER, "bkc", token("version location", 6)),
    "service_status": entry(BKC, LATER, "operational", token("version status", 6)),
}

EXCHANGE = {
    "ping-worli": padded(message("1", "PING", WORLI, 3, {"full": True, "pingId": PING_1})),
    "pong-bkc": message("2", "PONG", BKC, 4, {
        "heartbeats": {WORLI: START + 3},
        "membership": {WORLI: record(WORLI, START + 3)},
        "pingId": PING_1,
    }),
    "ping-bkc": padded(message("3", "PING", BKC, 5, {"pingId": PING_2, "targetId": WORLI})),
    "pong-worli": message("4", "PONG", WORLI, 6, {
        "heartbeats": {BKC: START + 5},
        "membership": {BKC: record(BKC, START + 5)},
        "pingId": PING_2,
    }),
    "page": message("5", "MEMBERSHIP", BKC, 7, {
        "membership": {WORLI: record(WORLI, START + 6)},
        "page": 1,
        "pages": 1,
    }),
    "gossip-bkc": message("6", "GOSSIP", BKC, 2004, {"localData": {"employee_count": WINNER}}),
    "gossip-worli": message("7", "GOSSIP", WORLI, 2005, {"localData": {"employee_count": LOSER}}),
    "gossip-large": message("8", "GOSSIP", BKC, 2505, {
        "heartbeats": {WORLI: START + 2005},
        "localData": FOUR,
    }),
}


def check(messages):
    """Every promise of the chapter's text that a program can keep an eye on."""
    newest, ids = {}, set()
    for name, m in messages.items():
        text, sender, stamp = canonical(m), m["senderId"], m["timestamp"]
        own = m["data"]["membership"][sender]
        assert own["lastSeen"] == stamp and own["state"] == "ALIVE", f"{name}: own record"
        assert newest.get(sender, -1) < stamp < CLOCK_LIMIT, f"{name}: timestamp does not grow"
        assert len(text.encode()) <= MAX_PACKET_SIZE, f"{name}: too long"
        assert all(r["updated"] <= r["lastSeen"] for r in m["data"]["membership"].values()), f"{name}: updated"
        assert m["messageId"] not in ids, f"{name}: messageId used twice"
        for key, e in m["data"].get("localData", {}).items():
            assert entry_size(key, e) <= 640, f"{name}: entry {key} too large"
        if m["type"] == "PING":
            assert PADDED_PING <= len(text) <= COMPRESSION_THRESHOLD, f"{name}: padding"
        newest[sender] = stamp
        ids.add(m["messageId"])
    for ping, pong in (("ping-worli", "pong-bkc"), ("ping-bkc", "pong-worli")):
        assert messages[ping]["data"]["pingId"] == messages[pong]["data"]["pingId"]
        assert len(canonical(messages[pong])) <= 3 * len(canonical(messages[ping]))
    assert all(record_size(node) <= 360 for node in ADDRESS)
    assert WINNER["timestamp"] == LOSER["timestamp"] and WINNER["version"].encode() > LOSER["version"].encode()
    large = canonical(messages["gossip-large"])
    assert len(large) > COMPRESSION_THRESHOLD and len(zlib.compress(large.encode())) < len(large)
    assert all(len(canonical(m)) <= COMPRESSION_THRESHOLD for n, m in messages.items() if n != "gossip-large")


# --- the blocks of the chapter ---

BREAK_BEFORE = re.compile(
    r'(?<=,)(?="(?:heartbeats|localData|membership|mumbai_worli|last_backup|office_location|service_status|pad|page|pingId|messageId)":)'
)


def lines_of(text):
    """The text in lines short enough to read; joined without anything between them they are the text again."""
    parts = BREAK_BEFORE.split(text)
    assert "".join(parts) == text
    return "\n".join(parts)


def text_block(name):
    m = EXCHANGE[name]
    to = WORLI if m["senderId"] == BKC else BKC
    return (
        f"`{m['senderId']}` → `{to}`, {m['type']}, {len(canonical(m))} bytes of text:\n\n"
        f"```json\n{lines_of(canonical(m))}\n```"
    )


def stream_in(chapter, text):
    """The zlib stream of the text: the one in the chapter while it is right, because libraries differ in the bytes."""
    dump = re.search(r"<!-- begin dump -->.*?<!-- end dump -->", chapter, re.S)
    digits = "".join(re.findall(r"^[0-9a-f]{4}  ((?:[0-9a-f]{2} ?)+)$", dump.group(0), re.M)) if dump else ""
    try:
        stream = bytes.fromhex(digits)
        if zlib.decompress(stream) == text:
            return stream
    except (ValueError, zlib.error):
        pass
    return zlib.compress(text)


def dump_block(stream):
    rows = (f"{at:04x}  {stream[at:at + 16].hex(' ')}" for at in range(0, len(stream), 16))
    return f"{len(stream)} bytes:\n\n```\n" + "\n".join(rows) + "\n```"


def anatomy_block(stream, text):
    b0, b1, b2, end = stream[0], stream[1], stream[2], len(stream)
    block = {0: "stored", 1: "fixed Huffman codes", 2: "dynamic Huffman codes"}[b2 >> 1 & 3]
    final = "the last block" if b2 & 1 else "more blocks follow"
    adler = zlib.adler32(text)
    assert stream[-4:] == adler.to_bytes(4, "big")
    rows = [
        ("bytes", "value", "meaning"),
        ("---", "---", "---"),
        ("0", f"`{b0:02x}`", f"CMF: low half {b0 & 15}, deflate; high half {b0 >> 4}, a window of {1 << (b0 >> 4) + 8:,} bytes"),
        ("1", f"`{b1:02x}`", f"FLG: level hint {b1 >> 6}, no preset dictionary (bit 5 is {b1 >> 5 & 1}), check bits {b1 & 31}"),
        ("0 to 1", f"{b0 * 256 + b1:,}", f"= 31 × {(b0 * 256 + b1) // 31}: divisible by 31, so this is a zlib header"),
        (f"2 to {end - 5}", f"`{b2:02x}` …", f"deflate, {end - 6} bytes. The low three bits of `{b2:02x}` are, from the lowest, "
         f"{b2 & 1}, {b2 >> 1 & 1}, {b2 >> 2 & 1}: {final}, {block}"),
        (f"{end - 4} to {end - 1}", f"`{stream[-4:].hex(' ')}`", f"Adler-32 of the {len(text)} bytes of text, big-endian: {adler:,}"),
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def joined_block():
    rows = ["| table of | member | address | validated | state | `lastSeen` | `updated` |", "|---|---|---|---|---|---|---|"]
    for holder, node, last_seen in ((BKC, WORLI, START + 6), (WORLI, BKC, START + 7)):
        host, port = ADDRESS[node]
        rows.append(f"| `{holder}` | `{node}` | {host}:{port} | yes | ALIVE | {last_seen} | {UPDATED[node]} |")
    return "\n".join(rows)


def sizes_block():
    return (
        f"The record of `{WORLI}` has the size {record_size(WORLI)} (of at most 360), counted as chapter 5 counts it, with SUSPECT and the "
        f"greatest clocks; the entry `employee_count` has the size {entry_size('employee_count', WINNER)} (of at most 640)."
    )


def comparison_block():
    a, b = WINNER["version"], LOSER["version"]
    at = next(i for i in range(len(a)) if a[i] != b[i])
    return "\n".join([
        "| step | of `mumbai_bkc` | of `mumbai_worli` | so |",
        "|---|---|---|---|",
        f"| `timestamp` | {WINNER['timestamp']} | {LOSER['timestamp']} | equal: go on |",
        f"| `version` | `{a}` | `{b}` | byte {at} decides: `{a[at]}` is 0x{ord(a[at]):02x}, `{b[at]}` is 0x{ord(b[at]):02x}: "
        "that of `mumbai_bkc` is greater |",
        "| `sourceNode`, `deleted`, `value` | | | not looked at |",
    ])


def merged_block():
    rows = ["| key | value | timestamp | version | sourceNode | deleted |", "|---|---|---|---|---|---|"]
    for key, e in FOUR.items():
        rows.append(f"| `{key}` | `{canonical(e['value'])}` | {e['timestamp']} | `{e['version']}` | `{e['sourceNode']}` | false |")
    return "\n".join(rows)


def blocks(chapter):
    text = canonical(EXCHANGE["gossip-large"]).encode()
    stream = stream_in(chapter, text)
    made = {name: text_block(name) for name in EXCHANGE}
    made |= {
        "joined": joined_block(),
        "sizes": sizes_block(),
        "comparison": comparison_block(),
        "dump": dump_block(stream),
        "anatomy": anatomy_block(stream, text),
        "merged": merged_block(),
    }
    return made, stream


def rendered(chapter):
    made, _ = blocks(chapter)
    for name, body in made.items():
        pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.S)
        chapter, count = pattern.subn(lambda m: f"{m[1]}{body}\n{m[2]}", chapter)
        if count != 1:
            sys.exit(f"{CHAPTER.name}: expected the markers of '{name}' once, found them {count} times")
    return chapter


def main(arguments):
    if arguments not in ([], ["--check"], ["--hex"]):
        sys.exit(__doc__)
    check(EXCHANGE)
    before = CHAPTER.read_text(encoding="utf-8")
    if arguments == ["--hex"]:
        _, stream = blocks(before)
        for name, m in EXCHANGE.items():
            print(stream.hex() if name == "gossip-large" else canonical(m).encode().hex())
        return
    after = rendered(before)
    if arguments == ["--check"]:
        if after != before:
            sys.exit(f"{CHAPTER.name} is out of date: run python3 tools/example/make.py")
        return
    CHAPTER.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
