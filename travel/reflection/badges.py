"""Open Badges 3.0: a credential as a JWT that anyone can verify with the key we publish (docs/adr/0026).

The claims are the credential itself (VC-JWT, section 8.2 of the specification), signed with RS256; the header's `kid`
is the address of the public key. https://www.imsglobal.org/spec/ob/v3p0/
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import jwt  # PyJWT and cryptography come with allauth
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ALGORITHM = "RS256"
KEY_BITS = 3072  # as hard to break as 128 bits of a key that is only guessed
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses of what a credential names."""

    credential: str
    issuer: str
    achievement: str
    revoked: str
    key: str


@dataclass(frozen=True, slots=True)
class Words:
    """What a credential says, in its language."""

    issuer: str
    email: str
    site: str
    title: str
    description: str
    criteria: str


def new_key(kid: str) -> tuple[dict[str, Any], str]:
    """(public key as a JWK, private key as PEM)"""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public: Mapping[str, Any] = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    return {"kty": "RSA", "n": public["n"], "e": public["e"], "alg": ALGORITHM, "use": "sig", "kid": kid}, pem


def profile(words: Words, places: Places) -> dict[str, Any]:
    return {
        "id": places.issuer,
        "type": ["Profile"],
        "name": words.issuer,
        "url": words.site,
        "email": words.email,
    }


def achievement(words: Words, places: Places) -> dict[str, Any]:
    return {
        "id": places.achievement,
        "type": ["Achievement"],
        "achievementType": "CertificateOfCompletion",
        "name": words.title,
        "description": words.description,
        "criteria": {"narrative": words.criteria},
    }


def credential(
    words: Words, places: Places, *, name: str, began_on: date, ended_on: date, issued_at: datetime
) -> dict[str, Any]:
    """The document, without its proof. Dates and times in UTC, as the specification wants them."""
    return {
        "@context": CONTEXT,
        "id": places.credential,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": words.title,
        "issuer": profile(words, places),
        "validFrom": _moment(issued_at),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [{"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": name}],
            "activityStartDate": _day(began_on),
            "activityEndDate": _day(ended_on),
            "achievement": achievement(words, places),
        },
        "credentialStatus": {"id": places.revoked, "type": "1EdTechRevocationList"},
    }


def sign(document: Mapping[str, Any], *, pem: str, kid: str, issued_at: datetime) -> str:
    """The credential as a compact JWT. `kid`: the address of the public key."""
    registered = {"iss": document["issuer"]["id"], "jti": document["id"], "nbf": int(issued_at.timestamp())}
    return jwt.encode({**document, **registered}, pem, algorithm=ALGORITHM, headers={"kid": kid})


def verify(token: str, public: Mapping[str, Any]) -> dict[str, Any] | None:
    """The credential if this key signed it and nothing was changed since; otherwise None."""
    try:
        found: dict[str, Any] = jwt.decode(token, jwt.PyJWK(dict(public)).key, algorithms=[ALGORITHM])
    except jwt.InvalidTokenError:
        return None
    return found


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
