"""The proxy as it is shipped, with nginx from Debian in front of gunicorn: slow clients hold nobody up."""

import copy
import datetime as dt
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core import signing
from django.core.management import call_command
from django.urls import reverse

from applications.apply import limits
from applications.models import Application
from exchange.base import home, links
from exchange.web import static_headers
from tests.factories_applications import CycleFactory, application_facts
from tests.services import ROOT, answers, free_port, program, running, wait_until

pytestmark = [pytest.mark.service, pytest.mark.once, pytest.mark.django_db(transaction=True)]

# what Debian's nginx.conf says around a site, without the machine's own folders
AROUND = """daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 768; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
DRIPPING = 200


def write_certificate(folder: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*form))


def site(folder: Path, *, plain: int, tls: int, web: int) -> str:
    """The shipped configuration, with this test's ports and folders."""
    text = (ROOT / "deploy/nginx.conf").read_text()
    for pattern, ours in (
        (r"listen \[::\]:\d+( ssl)?;", ""),
        (r"listen 80;", f"listen 127.0.0.1:{plain};"),
        (r"listen 443 ssl;", f"listen 127.0.0.1:{tls} ssl;"),
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{web}"),
        (r"exchange\.example\.gov;", "localhost;"),
        (r"/etc/letsencrypt/\S+fullchain\.pem", f"{folder}/certificate.pem"),
        (r"/etc/letsencrypt/\S+privkey\.pem", f"{folder}/key.pem"),
        (r"/srv/exchange/(?:current/)?static\b", f"{folder}/static"),
        (r"/var/log/nginx/access\.log", f"{folder}/access.log"),
        (r"/var/log/nginx/error\.log", f"{folder}/site-error.log"),
    ):
        text, found = re.subn(pattern, ours, text)
        assert found, pattern
    return text


@contextmanager
def nginx(folder: Path, text: str, tls: int) -> Iterator[str]:
    """The proxy with this site: its HTTPS address."""
    write_certificate(folder)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    (folder / "site.conf").write_text(text)
    for path in (folder, *folder.parents):  # nginx's workers read as another user
        if path.stat().st_mode & 0o005 != 0o005 and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o005)
    command = [program("nginx"), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with running(command, folder / "nginx.log"):
        wait_until(lambda: answers(tls), "nginx to listen", 30)
        yield f"https://localhost:{tls}"


@pytest.fixture
def proxied(other_process, tmp_path):
    """(https address, http address, gunicorn's port, certificate) of a portal behind the shipped proxy."""
    plain, tls, web = free_port(), free_port(), free_port()
    env = other_process | {
        "SITE_URL": f"https://localhost:{tls}",
        "BIND": f"127.0.0.1:{web}",
        "STATIC_ROOT": str(tmp_path / "static"),
        "TRUSTED_PROXY_COUNT": "1",
        "SECRET_KEY": settings.SECRET_KEY,  # networks are marked by a hash with it
        "LOG_LEVEL": "WARNING",
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, env=env, cwd=ROOT, check=True, timeout=180)
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "exchange.wsgi"]
    proxy = nginx(tmp_path, site(tmp_path, plain=plain, tls=tls, web=web), tls)
    with running(gunicorn, tmp_path / "gunicorn.log", env), proxy as https:
        wait_until(lambda: answers(web), "gunicorn to listen", 60)
        yield https, f"http://localhost:{plain}", web, str(tmp_path / "certificate.pem")


@pytest.mark.full
def test_site_answers_while_two_hundred_connections_drip(proxied):
    https, _http, _web, certificate = proxied
    port = int(https.rpartition(":")[2])
    context = ssl.create_default_context(cafile=certificate)
    body = b"POST /language/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\nlang"
    header = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    open_ones = []
    try:
        for number in range(DRIPPING):
            line = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
            line.sendall(body if number % 2 else header)
            open_ones.append(line)

        took = []
        for _each in range(3):
            for line in open_ones:
                line.sendall(b"x")  # one byte more
            started = time.monotonic()
            assert requests.get(f"{https}/", verify=certificate, timeout=20).status_code == 200
            took.append(time.monotonic() - started)
    finally:
        for line in open_ones:
            line.close()

    assert max(took) < 10
    assert len(open_ones) == DRIPPING


def test_proxy_passes_on_the_real_address_scheme_and_limits(proxied, tmp_path):
    https, http, web, certificate = proxied
    application_facts()
    cycle = CycleFactory(ready=True)
    browser = requests.Session()
    browser.trust_env = False  # a machine of developers may name certificates of its own
    browser.verify, browser.headers["X-Forwarded-For"] = certificate, "198.51.100.9"  # made up by the client

    # plain HTTP leads to HTTPS, and over it the portal sets cookies that only HTTPS carries
    assert browser.get(f"{http}/contact/", allow_redirects=False).headers["Location"].startswith("https://localhost")
    assert browser.post(f"{http}/contact/", {"a": "private"}, allow_redirects=False).status_code == 403
    page = browser.get(f"{https}{cycle.get_absolute_url()}", timeout=20)
    assert page.status_code == 200
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "nginx/" not in page.headers["Server"]
    assert all(cookie.secure for cookie in browser.cookies)

    # limits count by the address that the proxy saw
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    start = reverse("applications:application-start", args=[cycle.code])
    sent = {"csrfmiddlewaretoken": token}
    browser.post(f"{https}{start}", data=sent, headers={"Referer": https, "Origin": https}, timeout=20)
    assert Application.objects.get().draft_network == limits.network_mark("127.0.0.1")

    # how long a save waited is told by the proxy alone
    save = f"{https}{reverse('applications:application-save', args=[Application.objects.get().code])}"
    said = {"Referer": https, "X-CSRFToken": token, "X-Request-Start": "t=1000000000.000"}
    saved = browser.post(save, json={"now": 0, "changes": []}, headers=said, timeout=20)
    assert saved.status_code == 200 and saved.headers.get("Retry-After") != "60"

    # too large a request is refused before it is sent
    with socket.create_connection(("127.0.0.1", int(https.rpartition(":")[2]))) as line:
        context = ssl.create_default_context(cafile=certificate)
        with context.wrap_socket(line, server_hostname="localhost") as secure:
            secure.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000000\r\n\r\n")
            assert secure.recv(100).startswith(b"HTTP/1.1 413")

    # static files come from the proxy, compressed, and those with a hash for good
    [sheet] = re.findall(r'href="(/static/[^"]+\.css)"', page.text)[:1]
    static = browser.get(f"{https}{sheet}", headers={"Accept-Encoding": "gzip"}, timeout=20)
    assert (static.status_code, static.headers["Content-Encoding"]) == (200, "gzip")
    assert static.headers["Cache-Control"] == "public, max-age=315360000, immutable"
    assert static.headers["Content-Type"].startswith("text/css")
    # with the same protection from the proxy and, without one, from the portal
    plain = browser.get(f"{https}/static/exchange/css/app.css", timeout=20)
    direct = browser.get(f"http://127.0.0.1:{web}{sheet}", headers={"X-Forwarded-Proto": "https"}, timeout=20)
    for file in (static, plain, direct):
        assert file.status_code == 200
        assert file.headers["Strict-Transport-Security"].startswith("max-age=31536000; includeSubDomains")
        assert file.headers["Content-Security-Policy"] == static_headers.POLICY
        assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert browser.get(f"{https}/static/nothing.css", timeout=20).status_code == 404

    # nothing that nginx writes down opens a private link or says what somebody looked for
    link = links.sign("test.purpose", "token")
    for at, address in enumerate((f"/host/{link}/rooms/", f"/files/{signing.dumps(['code'])}/", "/cities/?q=Ana")):
        said = {"Referer": f"{https}/host/{link}/", "User-Agent": f"test {at}"}
        browser.get(f"{http if at == 0 else https}{address}", headers=said, timeout=20, allow_redirects=False)
    log = tmp_path / "access.log"
    wait_until(lambda: "test 2" in log.read_text(), "nginx to write its lines")
    lines = log.read_text()
    assert '"GET /host/token.***/rooms/ HTTP/1.1" 301' in lines
    assert re.search(r'"GET /files/[\w-]+:\w+:\*\*\*/ HTTP', lines) and '"GET /cities/ HTTP' in lines
    assert link not in lines and "Ana" not in lines


@pytest.mark.full
def test_saves_among_more_requests_than_two_processes_answer_are_kept_and_ask_for_pauses(proxied):
    https, _http, _web, certificate = proxied
    application_facts()
    cycle = CycleFactory(ready=True)
    phone = requests.Session()
    phone.trust_env, phone.verify = False, certificate
    page = phone.get(f"{https}{cycle.get_absolute_url()}", timeout=20)
    sent = {"csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]}
    start = reverse("applications:application-start", args=[cycle.code])
    phone.post(f"{https}{start}", data=sent, headers={"Referer": https}, timeout=20)
    application = Application.objects.get()
    save = f"{https}{reverse('applications:application-save', args=[application.code])}"
    head = {"Referer": https, "X-CSRFToken": phone.cookies["__Host-csrftoken"]}

    def saved(number: int) -> str | None:
        change = {"key": "story_why", "device": "d", "number": number, "seen": {}, "typed_at": 0}
        body = {"now": 0, "changes": [change | {"fields": {"story_why": f"Bus {number}"}}]}
        answer = phone.post(save, json=body, headers=head, timeout=60)
        assert answer.status_code == 200 and answer.json()["results"][0]["ok"]
        return answer.headers.get("Retry-After")

    saved(1)  # what is loaded with the first page
    assert saved(2) is None
    ended = threading.Event()

    def look() -> None:
        with requests.Session() as other:
            other.trust_env, other.verify = False, certificate
            while not ended.is_set():
                other.get(f"{https}/", timeout=60)

    others = [threading.Thread(target=look) for _each in range(80)]
    for other in others:
        other.start()
    try:
        time.sleep(2)
        pauses = [saved(number) for number in range(3, 8)]
    finally:
        ended.set()
        for other in others:
            other.join()
    assert [pause for pause in pauses if pause and 5 <= int(pause) <= 60]
    assert application.answers.get().value == "Bus 7"
    assert saved(8) is None


def silent_port() -> socket.socket:
    """Refuses every connection, and no server of another test can take it meanwhile."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held


@pytest.mark.parametrize(("level", "is_there"), [("alert", False), ("error", True)])
def test_the_error_log_has_no_address_of_a_request_that_failed(tmp_path, level, is_there):
    """Nothing answers behind the proxy; at nginx's own level the log would have the whole link."""
    tls, silent = free_port(), silent_port()
    text = site(tmp_path, plain=free_port(), tls=tls, web=silent.getsockname()[1])
    (tmp_path / "static").mkdir()
    (tmp_path / "static/away.html").write_text("away")
    link = links.sign("test.purpose", "token")
    with nginx(tmp_path, text.replace("error.log alert;", f"error.log {level};"), tls) as https:
        answer = requests.get(f"{https}/host/{link}/", verify=str(tmp_path / "certificate.pem"), timeout=20)
        assert answer.status_code == 503
        log = tmp_path / "access.log"
        wait_until(lambda: '"GET /host/token.***/ HTTP/1.1" 503' in log.read_text(), "nginx to write its line")
    silent.close()
    written = [path.read_text() for path in (tmp_path / "error.log", tmp_path / "site-error.log")]
    assert any(link in each for each in written) is is_there


def test_a_page_with_the_offices_number_stands_in_while_nothing_answers(tmp_path, city_of_tests):
    city = copy.copy(city_of_tests)  # the other tests of this process have it, too
    city.office_phone = "+12135550177"
    home.keep(city)
    (tmp_path / "static").mkdir()
    (tmp_path / "static").chmod(0o755)
    with (tmp_path / "static/away.html").open("w") as page:
        call_command("away_page", stdout=page)
    (tmp_path / "static/away.html").chmod(0o644)
    browser = requests.Session()
    browser.trust_env, browser.verify = False, str(tmp_path / "certificate.pem")

    tls, silent = free_port(), silent_port()
    text = site(tmp_path, plain=free_port(), tls=tls, web=silent.getsockname()[1])
    with silent, nginx(tmp_path, text, tls) as https:
        opened = browser.get(f"{https}/applications/", timeout=20)
        sent = browser.post(f"{https}/contact/", {"a": "b"}, timeout=20)
        asked = browser.get(f"{https}/away.html", timeout=20)

    for answer in (opened, sent):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "15")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert 'href="tel:+12135550177"' in answer.text
        assert "is kept on this phone or computer" in answer.text and "queda guardado en este teléfono" in answer.text
    assert asked.status_code in (404, 503)  # no address of the site
