"""Folds accents away, so that "Méndez" and "Mendez" are the same. Pure Python."""

import unicodedata


def fold(text: str) -> tuple[str, list[int]]:
    """The text without accents, and for each of its characters the index in the original (and one for the end).

    Without what cannot be seen, too, such as a soft hyphen; a letter of another width is the plain one.
    """
    folded, origin = [], []
    for position, char in enumerate(text):
        if char > "~" and (unicodedata.combining(char) or unicodedata.category(char) == "Cf"):
            continue  # a combining accent, or nothing that shows
        folded.append(char if char <= "~" else unicodedata.normalize("NFKD", char)[0])
        origin.append(position)
    return "".join(folded), [*origin, len(text)]
