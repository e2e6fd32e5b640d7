"""Random public codes: what an address carries in place of a primary key."""

import secrets

# no vowels (no words), no 0/O, 1/I/L (read aloud over a phone without a mistake)
ALPHABET = "BCDFGHJKMNPQRSTVWXYZ23456789"


def new_code() -> str:
    """Eight characters, 28**8 = 3.8e11 possibilities: unguessable behind a permission check."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def new_token() -> str:
    """A secret for a signed link: 32 random bytes, URL-safe."""
    return secrets.token_urlsafe(32)
