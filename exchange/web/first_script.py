"""The few lines of script that stand in each page itself, and the hash by which the policy for pages (CSP) knows them.

As a file they would take a connection and half a second on a slow line before anything else could be fetched. No
other script in a page runs (docs/adr/0032).
"""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from rjsmin import jsmin

FILE = Path(__file__).parents[1] / "static" / "exchange" / "js" / "first.js"

TEXT = jsmin(FILE.read_text(encoding="utf-8")).strip()
SOURCE = f"'sha256-{b64encode(sha256(TEXT.encode()).digest()).decode()}'"  # for script-src
