"""Plain text with paragraphs and lists, as a person types it into a box: an empty line ends a paragraph."""

type Block = tuple[bool, list[str]]


def blocks(text: str) -> list[Block]:
    """(whether it's a list, its lines), for each paragraph or list. A list's lines all begin with "- "."""
    found: list[Block] = []
    for block in text.replace("\r\n", "\n").strip().split("\n\n"):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if not lines:
            continue
        is_list = all(line.startswith("- ") for line in lines)
        found.append((is_list, [line.removeprefix("- ") for line in lines] if is_list else [" ".join(lines)]))
    return found
