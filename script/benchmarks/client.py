"""A light HTTP client that measures. A heavier one would take processor time from the server."""

import json
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')
REDIRECTS = (301, 302)
CHUNK = 10  # requests in one turn of a page, and before the first


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One person's connection, kept open as a proxy would, if the server allows it."""

    def __init__(self, port: int, session: str = "") -> None:
        self.port = port
        self.cookies = {"sessionid": session} if session else {}
        self.socket: socket.socket | None = None
        self.token = ""

    def get(self, path: str, *, compressed: bool = True) -> Answer:
        accepts = "Accept-Encoding: gzip\r\n" if compressed else ""
        return self._ask(f"GET {path} HTTP/1.1\r\n{self._head()}{accepts}\r\n".encode())

    def post(self, path: str, data: dict[str, str]) -> Answer:
        if not self.token:  # as a form would have it
            page = self.get(path, compressed=False)
            found = TOKEN.search(page.body)
            if not found:
                raise SystemExit(f"{path} has no form: {page.status}")
            self.token = found[1].decode()
        body = urlencode(data | {"csrfmiddlewaretoken": self.token}).encode()
        head = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        return self._ask(f"POST {path} HTTP/1.1\r\n{self._head()}{head}\r\n".encode() + body)

    def post_json(self, path: str, page: str, data: Any) -> Answer:
        """POST as the script of the page `page` does, with the token from the cookie that the page has set."""
        if "csrftoken" not in self.cookies:
            self.get(page)
        body = json.dumps(data).encode()
        head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        head += f"X-CSRFToken: {self.cookies['csrftoken']}\r\n"
        return self._ask(f"POST {path} HTTP/1.1\r\n{self._head()}{head}\r\n".encode() + body)

    def close(self) -> None:
        if self.socket:
            self.socket.close()
            self.socket = None

    def _head(self) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return f"Host: localhost:{self.port}\r\nAccept-Language: en\r\nCookie: {cookies}\r\n"

    def _ask(self, request: bytes) -> Answer:
        kept = self.socket is not None
        try:
            return self._send(request)
        except (ConnectionError, EOFError):
            if not kept:
                raise
            self.close()  # the server had closed the connection
            return self._send(request)

    def _send(self, request: bytes) -> Answer:
        connection = self.socket = self.socket or socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += _receive(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
            headers[name.lower()] = value
        length = int(headers.get("content-length", 0))
        pieces = [body]
        while (length := length - len(pieces[-1])) > 0:
            pieces.append(_receive(connection))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(status.split()[1]), headers, b"".join(pieces))


def _receive(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise EOFError
    return piece


@dataclass(slots=True)
class Visit:
    """One page that is requested repeatedly; `times` in milliseconds."""

    client: Client
    path: str
    post: dict[str, str] = field(default_factory=dict)
    saves: str = ""  # the page whose field is saved, by one small request
    times: list[float] = field(default_factory=list)
    turn: int = 0

    def ask(self) -> None:
        self.turn += 1
        data = {name: value.format(turn=self.turn) for name, value in self.post.items()}
        started = time.perf_counter()
        if self.saves:
            answer = self.client.post_json(self.path, self.saves, one_change(data, self.turn))
        else:
            answer = self.client.post(self.path, data) if data else self.client.get(self.path)
        self.times.append((time.perf_counter() - started) * 1000)
        wanted = answer.status in REDIRECTS if data and not self.saves else answer.status == 200
        if not wanted:
            raise SystemExit(f"{self.path} answered {answer.status}: {answer.headers.get('location', '')}")

    @property
    def p50(self) -> float:
        return percentile(self.times, 50)

    @property
    def p95(self) -> float:
        return percentile(self.times, 95)


def one_change(fields: dict[str, Any], number: int, device: str = "bench") -> dict[str, Any]:
    """A change of one field as a phone sends it: with the device's own writes and the value before."""
    ((key, value),) = fields.items()
    if key.startswith("points_"):  # the reader's desk says what its page knew of the field
        fields = {"value": value, "known": []}
    now = int(time.time() * 1000)
    change = {"key": key, "fields": fields, "device": device, "number": number, "seen": {"stored": 1}, "typed_at": now}
    return {"now": now, "changes": [change]}


def percentile(times: list[float], which: int) -> float:
    return quantiles(times, n=100, method="inclusive")[which - 1] if len(times) > 1 else times[0]


def alternate(visits: list[Visit], *, requests: int, seconds: float) -> None:
    """Measure pages in turns, a few requests each, so that other load of the machine affects all of them."""
    for visit in visits:
        for _ in range(CHUNK):
            visit.ask()
        visit.times.clear()
    deadline = time.monotonic() + seconds
    while len(visits[-1].times) < requests and (time.monotonic() < deadline or len(visits[-1].times) < CHUNK):
        for visit in visits:
            visit.client.close()  # another worker may answer now
            for _ in range(CHUNK):
                visit.ask()
    for visit in visits:
        visit.client.close()


@dataclass(slots=True)
class Crowd:
    requests: int
    seconds: float
    p50: float
    p95: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def crowd(visits: list[Visit], *, seconds: float) -> Crowd:
    """All clients at once for some seconds."""
    for visit in visits:
        visit.ask()
        visit.times.clear()
    stop, failures = threading.Event(), []

    def run(visit: Visit) -> None:
        try:
            while not stop.is_set():
                visit.ask()
        except (SystemExit, OSError) as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(visit,)) for visit in visits]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    counted = [one for visit in visits for one in list(visit.times)]
    took = time.monotonic() - started
    stop.set()
    for thread in threads:
        thread.join()
    for visit in visits:
        visit.client.close()
    if failures:
        raise SystemExit(f"eight at once: {failures[0]}")
    return Crowd(len(counted), took, percentile(counted, 50), percentile(counted, 95))
