"""Plain text with paragraphs and lists, as a person types it into a box: an empty line ends a paragraph."""

from itertools import groupby

type Block = tuple[bool, list[str]]


def blocks(text: str) -> list[Block]:
    """(whether it's a list, its lines), for each paragraph or list. Lines that begin with "- " are a list, also right
    after a sentence that introduces them.
    """
    found: list[Block] = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        for is_list, group in groupby(lines, key=lambda line: line.startswith("- ")):
            texts = [line.removeprefix("- ") if is_list else line for line in group]
            found.append((is_list, texts if is_list else [" ".join(texts)]))
    return found
