"""The Merkle tree over the keys of a store (chapter 9), kept up to date write by write."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from typing import Union

from ..wire.entry import Entry
from ..wire.paths import path


class _Leaf:
    __slots__ = ("digest", "key", "path")

    def __init__(self, key: str, entry: Entry) -> None:
        self.key = key
        self.path = path(key)
        self.digest = leaf_digest(key, entry)


class _Branch:
    """A prefix below which two or more entries lie."""

    __slots__ = ("children", "digest")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.digest: bytes | None = None


_Node = Union[_Leaf, _Branch]


def leaf_digest(key: str, entry: Entry) -> bytes:
    """The leaf of an entry, 32 bytes. The value is not in it."""
    name, version, source = key.encode(), entry.version.encode(), entry.source_node.encode()
    return hashlib.sha256(
        b"\x00"
        + struct.pack(">I", len(name))
        + name
        + struct.pack(">QI", entry.timestamp, len(version))
        + version
        + struct.pack(">I", len(source))
        + source
        + (b"\x01" if entry.deleted else b"\x00")
    ).digest()


class Tree:
    """Digests of prefixes. A change costs one walk down; digests are computed when asked for and kept."""

    def __init__(self) -> None:
        self._root: _Node | None = None

    def put(self, key: str, entry: Entry) -> None:
        """Adds a key or replaces what stands under it."""
        leaf = _Leaf(key, entry)
        if self._root is None:
            self._root = leaf
        elif isinstance(self._root, _Leaf):
            self._root = _joined(self._root, leaf, 0)
        else:
            _put(self._root, leaf)

    def remove(self, key: str) -> None:
        """Takes a key out; nothing happens where it is not in."""
        if self._root is not None:
            self._root = _removed(self._root, path(key), key, 0)

    def digest(self, prefix: str) -> bytes | None:
        """The digest of a prefix; None where nothing lies below."""
        node = self._find(prefix)
        return None if node is None else _digest(node)

    def children(self, prefix: str) -> dict[str, str]:
        """The digests one digit below a prefix, as they stand on the wire."""
        node = self._find(prefix)
        if node is None:
            return {}
        if isinstance(node, _Leaf):
            return {node.path[len(prefix)]: node.digest.hex()[:32]} if len(prefix) < len(node.path) else {}
        return {digit: _digest(child).hex()[:32] for digit, child in sorted(node.children.items())}

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys below a prefix, in the order of their paths."""
        node = self._find(prefix)
        pending: list[_Node] = [] if node is None else [node]
        while pending:
            node = pending.pop()
            if isinstance(node, _Leaf):
                yield node.key
            else:
                pending.extend(node.children[digit] for digit in sorted(node.children, reverse=True))

    def _find(self, prefix: str) -> _Node | None:
        node = self._root
        for digit in prefix:
            if node is None:
                return None
            if isinstance(node, _Leaf):
                break
            node = node.children.get(digit)
        if isinstance(node, _Leaf) and not node.path.startswith(prefix):
            return None
        return node


def _joined(a: _Leaf, b: _Leaf, depth: int) -> _Node:
    """What holds two leaves whose paths agree in the first `depth` digits."""
    if a.key == b.key:
        return b
    top = branch = _Branch()
    while a.path[depth] == b.path[depth]:
        below = _Branch()
        branch.children[a.path[depth]] = below
        branch = below
        depth += 1
    branch.children[a.path[depth]] = a
    branch.children[b.path[depth]] = b
    return top


def _put(branch: _Branch, leaf: _Leaf) -> None:
    depth = 0
    while True:
        branch.digest = None
        digit = leaf.path[depth]
        child = branch.children.get(digit)
        depth += 1
        if isinstance(child, _Branch):
            branch = child
            continue
        branch.children[digit] = leaf if child is None else _joined(child, leaf, depth)
        return


def _removed(node: _Node, key_path: str, key: str, depth: int) -> _Node | None:
    if isinstance(node, _Leaf):
        return None if node.key == key else node
    digit = key_path[depth]
    child = node.children.get(digit)
    if child is None:
        return node
    left = _removed(child, key_path, key, depth + 1)
    node.digest = None
    if left is None:
        del node.children[digit]
    else:
        node.children[digit] = left
    if len(node.children) == 1:
        (only,) = node.children.values()
        if isinstance(only, _Leaf):
            # One entry is left below: its prefix is as long as it needs to be.
            return only
    return node


def _digest(node: _Node) -> bytes:
    if isinstance(node, _Leaf):
        return node.digest
    if node.digest is None:
        parts = [b"\x01"]
        for digit in sorted(node.children):
            parts.append(bytes([int(digit, 16)]))
            parts.append(_digest(node.children[digit]))
        node.digest = hashlib.sha256(b"".join(parts)).digest()
    return node.digest
