"""Static files as they are served: hashed, compressed, and the style sheet as one file.

`app.css` lists its parts with @import. A browser would fetch each of them by itself, on a slow line one after
the other; at collectstatic they are put into one file instead. There is no other build step: while developing,
the imports work as they are.
"""

import re

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "exchange/css/app.css"
IMPORT = re.compile(r'@import url\("([\w/-]+\.css)"\) layer\((\w+)\)( print)?;')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SPACE = re.compile(r"\s*\n\s*")


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


class OneSheetStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's hashed and compressed files, with app.css joined before it is hashed."""

    def post_process(self, paths, dry_run=False, **options):
        if SHEET in paths and not dry_run:

            def read(name: str) -> str:
                storage, path = paths[name]
                with storage.open(path) as source:
                    return source.read().decode()

            sheet = one_sheet(read)
            self.delete(SHEET)
            self._save(SHEET, ContentFile(sheet))
            paths = {**paths, SHEET: (self, SHEET)}
        yield from super().post_process(paths, dry_run, **options)
