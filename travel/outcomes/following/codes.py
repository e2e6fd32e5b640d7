"""The code that stands for a student in files between a college's research office and the portal. No Django.

A code is a keyed hash (HMAC-SHA-256) of the application's own code, with a key of that college and cycle, which never
leaves the portal. Without it nobody can go from a code to a student, not even with a list of all student numbers; and
files of two cycles can't be laid side by side.
"""

import hashlib
import hmac
import secrets

from exchange.base.codes import ALPHABET

LENGTH, GROUP = 12, 4  # 28**12 codes: among a thousand students two are never the same


def new_key() -> str:
    return secrets.token_hex(32)


def code_of(key: str, application: str) -> str:
    """Such as BCDF-GH23-KM45: hyphens keep a spreadsheet from reading a number."""
    digest = int.from_bytes(hmac.digest(bytes.fromhex(key), application.encode(), hashlib.sha256))
    signs = []
    for _place in range(LENGTH):
        digest, sign = divmod(digest, len(ALPHABET))
        signs.append(ALPHABET[sign])
    return _grouped("".join(signs))


def plain(text: str) -> str:
    """A code as typed or pasted, in the form that `code_of` gives; "" if it can't be one."""
    signs = "".join(sign for sign in text.upper() if sign not in " -‐‑–\u00a0")
    is_one = len(signs) == LENGTH and all(sign in ALPHABET for sign in signs)
    return _grouped(signs) if is_one else ""


def _grouped(signs: str) -> str:
    return "-".join(signs[at : at + GROUP] for at in range(0, LENGTH, GROUP))
