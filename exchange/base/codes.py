"""Random public codes, used in addresses in place of primary keys."""

import secrets

# no vowels, so that no code is a word; no 0/O or 1/I/L, which are confused when read aloud
ALPHABET = "BCDFGHJKMNPQRSTVWXYZ23456789"


def new_code() -> str:
    """Eight characters, 28**8 = 3.8e11 possibilities: enough where a permission is checked as well."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def new_token() -> str:
    """A secret for a signed link: 32 random bytes, URL-safe."""
    return secrets.token_urlsafe(32)
