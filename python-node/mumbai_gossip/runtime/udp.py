"""A UDP socket that no peer can stop: errors of one datagram concern that datagram alone."""

from __future__ import annotations

import contextlib
import socket
import sys

from ..wire.host import Address, normal_host

_BUFFER = 65_536
_WANTED_RECEIVE_BUFFER = 4 * 1024 * 1024


class UdpSocket:
    """Bound to one address and never connected (MGP1-ERR-006). Does not block.

    No address is shared with another socket: the system would give its datagrams to one of the two (SO_REUSEADDR stays off).
    """

    def __init__(self, host: str, port: int) -> None:
        """Binds; raises OSError where the address is taken or not of this host."""
        self._is_v6 = ":" in host
        self._socket = socket.socket(socket.AF_INET6 if self._is_v6 else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            if self._is_v6:
                with contextlib.suppress(OSError):
                    self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            if sys.platform == "win32":
                # Without this Windows shares an address with whoever asks for it.
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            with contextlib.suppress(OSError):
                # A burst of datagrams waits here while the thread is busy; the default holds less than a hundred.
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WANTED_RECEIVE_BUFFER)
            self._socket.bind((host, port))
        except BaseException:
            self._socket.close()
            raise

    @property
    def port(self) -> int:
        """The port that it is bound to."""
        return int(self._socket.getsockname()[1])

    def fileno(self) -> int:
        """For a selector."""
        return self._socket.fileno()

    def receive(self) -> tuple[bytes, Address] | None:
        """A whole datagram and where it came from; None where there is none. Raises OSError for what can be passed over."""
        try:
            datagram, source = self._socket.recvfrom(_BUFFER)
        except (BlockingIOError, InterruptedError):
            return None
        host = str(source[0]).partition("%")[0]
        return datagram, Address(normal_host(host) or host, int(source[1]))

    def send(self, to: Address, datagram: bytes) -> None:
        """Sends a datagram; raises OSError where this one could not be sent."""
        host = f"::ffff:{to.host}" if self._is_v6 and ":" not in to.host else to.host
        self._socket.sendto(datagram, (host, to.port))

    def close(self) -> None:
        """Gives the port back."""
        self._socket.close()
