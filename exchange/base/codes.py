"""Random public codes, used in addresses in place of primary keys."""

import secrets
from typing import Any

# no vowels, so that no code is a word; no 0/O or 1/I/L, which are confused when read aloud
ALPHABET = "BCDFGHJKMNPQRSTVWXYZ23456789"


def new_code() -> str:
    """Eight characters, 28**8 = 3.8e11 possibilities: enough where a permission is checked as well."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def new_token() -> str:
    """A secret for a signed link: 32 random bytes, URL-safe."""
    return secrets.token_urlsafe(32)


def key_of(row: Any) -> str:
    """How other tables name a row with a public code, such as applications.release:BCDFGHJK."""
    return f"{row._meta.label_lower}:{row.code}"
