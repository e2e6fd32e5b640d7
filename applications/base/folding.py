"""Folds accents away, so that "Méndez" and "Mendez" are the same. Pure Python."""

import unicodedata


def fold(text: str) -> tuple[str, list[int]]:
    """The text without accents, and for each of its characters the index in the original (and one for the end)."""
    folded, origin = [], []
    for position, char in enumerate(text):
        if unicodedata.combining(char):
            continue  # a combining accent
        folded.append(unicodedata.normalize("NFD", char)[0])
        origin.append(position)
    return "".join(folded), [*origin, len(text)]
