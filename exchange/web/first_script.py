"""The inline script of each page, and its hash for the Content Security Policy.

As a file it would delay everything else by half a second on a slow connection. The CSP allows no other inline script
(docs/adr/0033).
"""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from rjsmin import jsmin

FILE = Path(__file__).parents[1] / "static" / "exchange" / "js" / "first.js"

TEXT: str = jsmin(FILE.read_text(encoding="utf-8")).strip()
SOURCE = f"'sha256-{b64encode(sha256(TEXT.encode()).digest()).decode()}'"  # for script-src
