"""Service workers: a script of ours with what it needs to know in front of it, as one answer."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpResponse
from rjsmin import jsmin


def worker(script: str, files: Sequence[str], **known: object) -> HttpResponse:
    """The worker at this static path. It learns FILES, VERSION (of their addresses) and what is `known`, as constants.

    files: the addresses that it caches; `known`: values by the name of the constant, to be written as JSON. A new
    release or another language gives another text, so the browser installs the new worker.
    """
    version = sha256("".join(files).encode()).hexdigest()[:12]
    constants: Mapping[str, object] = {"FILES": list(files), "VERSION": version, **known}
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in constants.items())
    return HttpResponse(head + _script(script), content_type="text/javascript; charset=utf-8")


@cache
def _script(name: str) -> str:
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    script: str = jsmin(Path(path).read_text(encoding="utf-8"))
    return script
