"""Reading the members of a request."""

from __future__ import annotations

from typing import Any

from ..protocol.effects import Now
from ..wire.host import Address, parse_address
from ..wire.limits import MAX_INTEGER

Request = dict[str, Any]


class RequestError(Exception):
    """A request that cannot be carried out; it changed nothing."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def bad(message: str) -> RequestError:
    """A member is missing or wrong."""
    return RequestError("bad-request", message)


def text(request: Request, name: str) -> str:
    """A member that is text."""
    value = request.get(name)
    if type(value) is not str:
        raise bad(f"`{name}` must be text")
    return value


def integer(request: Request, name: str) -> int:
    """A member that is an integer from 0 to 2^53-1."""
    value = request.get(name)
    if type(value) is not int or not 0 <= value <= MAX_INTEGER:
        raise bad(f"`{name}` must be an integer from 0 to 2^53-1")
    return value


def boolean(request: Request, name: str) -> bool:
    """A member that is a boolean, false where it is absent."""
    value = request.get(name)
    if value is not None and type(value) is not bool:
        raise bad(f"`{name}` must be a boolean")
    return value is True


def mapping(request: Request, name: str) -> Request:
    """A member that is an object."""
    value = request.get(name)
    if type(value) is not dict:
        raise bad(f"`{name}` must be an object")
    return value


def datagram(request: Request) -> bytes:
    """The member `datagram`, hexadecimal digits."""
    digits = text(request, "datagram")
    try:
        if not digits.isalnum() and digits:
            raise ValueError
        return bytes.fromhex(digits)
    except ValueError:
        raise bad("`datagram` must be pairs of hexadecimal digits") from None


def address(request: Request, name: str) -> Address:
    """A member that is an address."""
    try:
        return parse_address(text(request, name))
    except ValueError as why:
        raise bad(f"`{name}`: {why}") from None


def now(request: Request) -> Now:
    """The two clocks."""
    clocks = mapping(request, "now")
    return Now(integer(clocks, "wall"), integer(clocks, "mono"))


def value(request: Request) -> Any:
    """The member `value`, which may be null but not absent."""
    if "value" not in request:
        raise bad("`value` is missing")
    return request["value"]
