"""A college's own sign-in servers, as the portal meets them: OpenID Connect and SAML, on loopback."""

import base64
import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from oidc_provider_mock import User, run_server_in_thread
from saml2 import BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256


@contextmanager
def oidc_server(*people: tuple[str, dict[str, Any]]) -> Iterator[str]:
    """An OpenID Connect provider that knows these (subject, claims); yields its address."""
    known = [User(sub=subject, claims=claims) for subject, claims in people]
    with run_server_in_thread(user_claims=known) as server:
        yield f"http://localhost:{server.server_port}"


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A new signing key and its certificate, as PEM files."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.pem"
    no_password = serialization.NoEncryption()
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, no_password)
    )
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file


@dataclass
class SamlServer:
    """`attributes`: what it says of the person who signs in next. `forged` signs with a key that nobody trusts."""

    address: str
    entity_id: str
    certificate: str
    answering: Server
    forging: Server
    attributes: dict[str, list[str]] = field(default_factory=dict)
    is_forged: bool = False
    asks_us: bool = True  # false: nobody asked, the server begins itself

    def answer(self, asked: str) -> str:
        """The SAMLResponse to this AuthnRequest (deflated, base64), base64."""
        question = self.answering.parse_authn_request(asked, BINDING_HTTP_REDIRECT).message
        said = (self.forging if self.is_forged else self.answering).create_authn_response(
            identity=self.attributes,
            in_response_to=question.id if self.asks_us else None,
            destination=question.assertion_consumer_service_url,
            sp_entity_id=question.issuer.text,
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text="someone"),
            authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "authn_auth": self.entity_id},
            sign_assertion=True,
            sign_response=True,
            sign_alg=SIG_RSA_SHA256,
            digest_alg=DIGEST_SHA256,
        )
        return base64.b64encode(str(said).encode()).decode()


@contextmanager
def saml_server(folder: Path, metadata: str) -> Iterator[SamlServer]:
    """A SAML provider that knows the portal by its metadata; its page answers with the SAMLResponse."""
    key, public = certificate(folder, "college")
    other_key, _other = certificate(folder, "stranger")
    known = folder / "portal.xml"
    known.write_text(metadata)
    box: list[SamlServer] = []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)["SAMLRequest"][0]
            body = box[0].answer(asked).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    address = f"http://localhost:{web.server_port}/sso"
    entity_id = "https://sign-in.example.edu/saml"

    def server(signing_key: Path) -> Server:
        config = {
            "entityid": entity_id,
            "service": {
                "idp": {
                    "endpoints": {"single_sign_on_service": [(address, BINDING_HTTP_REDIRECT)]},
                    "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                    "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": NAME_FORMAT_URI}},
                }
            },
            "key_file": str(signing_key),
            "cert_file": str(public),
            "metadata": {"local": [str(known)]},
        }
        return Server(config=IdPConfig().load(config))

    box.append(SamlServer(address, entity_id, public.read_text(), server(key), server(other_key)))
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    try:
        yield box[0]
    finally:
        web.shutdown()
        web.server_close()
