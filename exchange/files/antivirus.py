"""Scans files with ClamAV, over the socket of its daemon (clamd): a minimal client.

With CLAMAV_ADDRESS=off nothing is scanned, and the status page says so. An unclear answer is an error, never "clean".
"""

import socket
import struct

from django.conf import settings

from exchange.base.outage import Outage

TIMEOUT = 30  # seconds for each step; the daemon's own limit for one file is two minutes
PIECE = 64 * 1024  # bytes
daemon = Outage("The virus scanner")


class ScannerError(OSError):
    """No answer, or one that is neither "clean" nor "infected": try again later."""


def is_configured() -> bool:
    return bool(settings.CLAMAV_ADDRESS)


def scan(content: bytes) -> str:
    """The name of the virus, "" if the file is clean. Raises ScannerError if the scan has to be repeated later."""
    try:
        with daemon.attempt(OSError), _connect() as line:
            line.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), PIECE):
                piece = content[start : start + PIECE]
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
            answer = _read(line)
    except OSError as error:
        raise ScannerError(f"the virus scanner at {settings.CLAMAV_ADDRESS} does not answer: {error}") from error
    if answer == "stream: OK":
        return ""
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerError(f"the virus scanner says: {answer[:200]!r}")


def answers() -> bool:
    """Whether the daemon answers."""
    try:
        with _connect() as line:
            line.sendall(b"zPING\0")
            return _read(line) == "PONG"
    except OSError:
        return False


def address() -> tuple[str, int] | str:
    """Host and port, or the path of a Unix socket. ValueError if it is neither."""
    given: str = settings.CLAMAV_ADDRESS
    if given.startswith("/"):
        return given
    host, _colon, port = given.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"CLAMAV_ADDRESS is {given!r}: it is host:port or the path of a socket")
    return host.strip("[]"), int(port)


def _connect() -> socket.socket:
    where = address()
    if isinstance(where, tuple):
        return socket.create_connection(where, timeout=TIMEOUT)
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(TIMEOUT)
        line.connect(where)
    except OSError:
        line.close()
        raise
    return line


def _read(line: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < PIECE:
        part = line.recv(4096)
        if not part:
            break
        answer += part
    if not answer.endswith(b"\0"):
        raise ConnectionError("it hung up in the middle")
    return answer.rstrip(b"\0\n").decode(errors="replace")
