"""A script without what only its readers need."""

import re

COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def lean_script(text: str) -> str:
    """Without lines that are a comment, and without indentation. Text of several lines is not for our scripts."""
    lean = INDENT.sub("", COMMENT.sub("", text))
    if any(line.count("`") % 2 for line in lean.splitlines()):
        raise ValueError("a text of several lines: its indentation would change")
    return lean
