"""What counts as a signature: the words that were shown and the name that was typed. Pure."""

import hashlib
import unicodedata


def shown_words(title: str, body: str) -> str:
    """The words of a form as they are hashed and printed: title, empty line, body; NFC, plain line breaks."""
    text = "\n".join(
        line.rstrip() for line in f"{title}\n\n{body}".replace("\r\n", "\n").replace("\r", "\n").split("\n")
    )
    return unicodedata.normalize("NFC", text.strip())


def hash_of(title: str, body: str) -> str:
    """SHA-256 of `shown_words`, in hexadecimal."""
    return hashlib.sha256(shown_words(title, body).encode()).hexdigest()


def resembles(typed: str, known: str) -> bool:
    """Whether a typed name can be the known one: it has two of its words, or all if there are fewer.

    Accents, case, hyphens and the order don't matter. Without any known name, every name passes.
    """
    wanted = _words(known)
    return len(wanted & _words(typed)) >= min(2, len(wanted))


def _words(name: str) -> set[str]:
    plain = "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char))
    apart = "".join(char if char.isalnum() else " " for char in plain.replace("’", "").replace("'", ""))
    return set(apart.split())
