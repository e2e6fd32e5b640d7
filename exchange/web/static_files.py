"""The storage for static files: hashed, compressed, the style sheet as one file, scripts without comments.

`app.css` lists its parts with @import. A browser would fetch each of them separately, on a slow connection one after
the other; collectstatic joins them into one file, and the scripts of the form into another. There is no other build
step: in development the parts are served as they are. A third of our scripts is comments and whitespace.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.templatetags.static import static
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "exchange/css/app.css"
IMPORT = re.compile(r'@import url\("([\w/-]+\.css)"\) layer\((\w+)\)( print)?;')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SPACE = re.compile(r"\s*\n\s*")
SCRIPT = re.compile(r"exchange/js/[\w-]+\.js")  # our own; third-party scripts are served unchanged
# Joined file -> its parts, in the order in which they run.
JOINED = {
    "exchange/js/application.js": (
        "exchange/js/vendor/idb-keyval.umd.js",
        "exchange/js/queue.js",
        "exchange/js/form.js",
        "exchange/js/upload.js",
    )
}


def served(name: str) -> list[str]:
    """The addresses for a name in `JOINED`: one where files are collected, those of its parts in development."""
    joins = getattr(staticfiles_storage, "joins_scripts", False)
    return [static(each) for each in ([name] if joins else JOINED[name])]


def one_sheet(read: Callable[[str], str]) -> str:
    """The text of app.css with each import replaced by its part. `read(name)` returns a static file's text."""
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


def one_script(parts: Iterable[str], read: Callable[[str], str]) -> str:
    """The parts joined, each ending with a line break so that its last comment or statement ends there."""
    texts = (jsmin(read(name)) if SCRIPT.fullmatch(name) else read(name) for name in parts)
    return "".join(text if text.endswith("\n") else f"{text}\n" for text in texts)


class OneSheetStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's storage of hashed and compressed files; joins and minifies sheets and scripts before hashing."""

    joins_scripts = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as source:
                text: str = source.read().decode()
            return text

        if not dry_run:
            made = {name: jsmin(read(name)) for name in paths if SCRIPT.fullmatch(name)}
            made |= {name: one_script(parts, read) for name, parts in JOINED.items() if set(parts) <= paths.keys()}
            if SHEET in paths:
                made[SHEET] = one_sheet(read)
            for name, text in made.items():
                self.delete(name)
                self._save(name, ContentFile(text))
            paths = {**paths, **{name: (self, name) for name in made}}
        yield from super().post_process(paths, dry_run, **options)
