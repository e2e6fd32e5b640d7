"""Static files as they are served: hashed, compressed, the style sheet as one file, scripts without comments.

`app.css` lists its parts with @import. A browser would fetch each of them by itself, on a slow line one after
the other; at collectstatic they are put into one file instead. There is no other build step: while developing,
the imports work as they are. Comments and indentation of our scripts weigh as much as a third of them.
"""

import re

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "exchange/css/app.css"
IMPORT = re.compile(r'@import url\("([\w/-]+\.css)"\) layer\((\w+)\)( print)?;')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SPACE = re.compile(r"\s*\n\s*")
SCRIPT = re.compile(r"exchange/js/[\w-]+\.js")  # ours; what others wrote is served as it came
SCRIPT_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def one_sheet(read) -> str:
    """The text of app.css with each part in place of its import. `read(name)` gives a static file's text."""
    folder = SHEET.rpartition("/")[0]

    def part(match: re.Match[str]) -> str:
        name, layer, print_only = match.groups()
        text = read(f"{folder}/{name}")
        if "/" in name and "url(" in text:
            raise ValueError(f"{name}: an address in a subfolder would break when the sheets are joined")
        text = f"@layer {layer}{{{text}}}"
        return f"@media print{{{text}}}" if print_only else text

    sheet = IMPORT.sub(part, read(SHEET))
    if "@import" in COMMENT.sub("", sheet):
        raise ValueError("app.css: an import that is not url(…) layer(…)")
    return SPACE.sub("\n", COMMENT.sub("", sheet)).strip() + "\n"


def lean_script(text: str) -> str:
    """Without lines that are a comment, and without indentation. Text of several lines is not for our scripts."""
    lean = INDENT.sub("", SCRIPT_COMMENT.sub("", text))
    if any(line.count("`") % 2 for line in lean.splitlines()):
        raise ValueError("a text of several lines: its indentation would change")
    return lean


class OneSheetStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's hashed and compressed files, with app.css joined and scripts made lean before they are hashed."""

    def post_process(self, paths, dry_run=False, **options):
        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as source:
                return source.read().decode()

        if not dry_run:
            made = {name: lean_script(read(name)) for name in paths if SCRIPT.fullmatch(name)}
            if SHEET in paths:
                made[SHEET] = one_sheet(read)
            for name, text in made.items():
                self.delete(name)
                self._save(name, ContentFile(text))
            paths = {**paths, **{name: (self, name) for name in made}}
        yield from super().post_process(paths, dry_run, **options)
