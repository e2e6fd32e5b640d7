"""A stand-in for the ClamAV daemon that misbehaves as asked. The real one is a fixture in tests/services.py."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator


class FakeClamd:
    """`mood`: clean, infected, error, too_large, rubbish, hangs, drops or silent. `seen`: the files it was handed."""

    def __init__(self, mood: str) -> None:
        self.mood, self.seen = mood, []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(0.05)
        self.address = f"127.0.0.1:{self.server.getsockname()[1]}"
        self.is_over = False
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        while not self.is_over:
            with contextlib.suppress(TimeoutError):
                line, _from = self.server.accept()
                with line, contextlib.suppress(OSError):
                    self.answer(line)
        self.server.close()

    def answer(self, line: socket.socket) -> None:
        line.settimeout(5)
        if self.mood == "drops":
            return
        command = self.read(line, 10 if self.mood != "ping" else 6)
        if command.startswith(b"zPING\0"):
            line.sendall(b"PONG\0")
            return
        content = b""
        while (length := struct.unpack("!I", self.read(line, 4))[0]) > 0:
            content += self.read(line, length)
        self.seen.append(content)
        if self.mood == "hangs":
            line.recv(1)  # until the client has had enough
            return
        words = {
            "clean": b"stream: OK\0",
            "infected": b"stream: Exchange.Test.Word FOUND\0",
            "error": b"stream: Can't allocate memory ERROR\0",
            "too_large": b"INSTREAM size limit exceeded. ERROR\0",
            "rubbish": b"<html>OK</html>\0",
            "cut": b"stream: OK",  # without the terminator
        }
        line.sendall(words.get(self.mood, b""))

    @staticmethod
    def read(line: socket.socket, length: int) -> bytes:
        parts = b""
        while len(parts) < length and not parts.startswith(b"zPING\0"):
            part = line.recv(length - len(parts))
            if not part:
                raise ConnectionError
            parts += part
        return parts


@contextlib.contextmanager
def fake_clamd(mood: str) -> Iterator[FakeClamd]:
    daemon = FakeClamd(mood)
    daemon.thread.start()
    try:
        yield daemon
    finally:
        daemon.is_over = True
        daemon.thread.join(timeout=5)
