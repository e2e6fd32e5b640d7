"""Static files as they are served: hashed, compressed, the style sheet as one file, scripts without comments.

`app.css` lists its parts with @import. A browser would fetch each of them by itself, on a slow line one after
the other; at collectstatic they are put into one file instead, and so are the scripts of the form. There is no other
build step: while developing, the parts work as they are. Comments and space are a third of our scripts.
"""

import re

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.templatetags.static import static
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "exchange/css/app.css"
IMPORT = re.compile(r'@import url\("([\w/-]+\.css)"\) layer\((\w+)\)( print)?;')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SPACE = re.compile(r"\s*\n\s*")
SCRIPT = re.compile(r"exchange/js/[\w-]+\.js")  # ours; what others wrote is served as it came
# The file that is made -> its parts, in the order in which they run.
JOINED = {
    "exchange/js/application.js": (
        "exchange/js/vendor/idb-keyval.umd.js",
        "exchange/js/queue.js",
        "exchange/js/form.js",
        "exchange/js/upload.js",
    )
}


def served(name: str) -> list[str]:
    """The addresses behind a name of `JOINED`: one where files are collected, those of its parts elsewhere."""
    joins = getattr(staticfiles_storage, "joins_scripts", False)
    return [static(each) for each in ([name] if joins else JOINED[name])]


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


def one_script(parts, read) -> str:
    """The parts one after the other: each ends with a line of its own, or the next would go on in its last one."""
    texts = (jsmin(read(name)) if SCRIPT.fullmatch(name) else read(name) for name in parts)
    return "".join(text if text.endswith("\n") else f"{text}\n" for text in texts)


class OneSheetStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's hashed and compressed files; before they are hashed, sheets and scripts are joined and made lean."""

    joins_scripts = True

    def post_process(self, paths, dry_run=False, **options):
        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as source:
                return source.read().decode()

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
