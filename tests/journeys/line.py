"""A TCP proxy between a phone and the portal: a test cuts it, restores it, or loses an answer on the way.

The browser's own "offline" switch does not reach service workers. This proxy cuts the connection for all of them, while
the browser still believes that it is online, as in a tunnel.
"""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

REQUEST = re.compile(rb"^(GET|POST) (\S+) HTTP/1\.[01]\r\n", re.MULTILINE)


class Line:
    def __init__(self, portal: int) -> None:
        self.portal = portal
        self.is_cut = False
        self.lose = b""  # the answer to the next request whose address contains this never arrives
        self.lost = 0
        self.unknown = b""  # a header that the browser doesn't know: its name arrives as another one
        self.requests: list[str] = []  # "POST /applications/.../save/", as they reached the portal
        self._open: set[socket.socket] = set()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._answer, daemon=True).start()

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        self.is_cut = True
        self._hang_up()

    def mend(self) -> None:
        self.is_cut = False

    def count(self, part: str) -> int:
        return sum(part in each for each in self.requests)

    def close(self) -> None:
        self.cut()
        self._door.close()

    def _hang_up(self) -> None:
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _answer(self) -> None:
        with suppress(OSError):  # closed
            while True:
                phone, _address = self._door.accept()
                if self.is_cut:
                    phone.close()
                else:
                    threading.Thread(target=self._carry, args=(phone,), daemon=True).start()

    def _carry(self, phone: socket.socket) -> None:
        is_lost = threading.Event()
        with suppress(OSError), phone, socket.create_connection(("127.0.0.1", self.portal)) as portal:
            self._open |= {phone, portal}
            threading.Thread(target=self._carry_back, args=(portal, phone, is_lost), daemon=True).start()
            try:
                while data := phone.recv(65536):
                    found = REQUEST.findall(data)
                    self.requests += [f"{method.decode()} {address.decode()}" for method, address in found]
                    if self.lose and any(self.lose in address for _method, address in found):
                        self.lose = b""
                        is_lost.set()
                    portal.sendall(data)
            finally:
                self._open -= {phone, portal}
                with suppress(OSError):  # close() alone would wait for the reading thread
                    portal.shutdown(socket.SHUT_RDWR)

    def _carry_back(self, portal: socket.socket, phone: socket.socket, is_lost: threading.Event) -> None:
        with suppress(OSError):
            while data := portal.recv(65536):
                if self.unknown:
                    data = data.replace(self.unknown, b"X" * len(self.unknown))
                if is_lost.is_set():
                    self.lost += 1
                    break
                phone.sendall(data)
            phone.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(address: str) -> Iterator[Line]:
    line = Line(int(address.rpartition(":")[2]))
    try:
        yield line
    finally:
        line.close()
