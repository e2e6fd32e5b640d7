"""How a line of the log is written. Imported by the settings, so it imports no Django."""

import logging
import re

# The end of a private address, without which it opens nothing: an HMAC-SHA256 in base64, behind the mark that Django's
# signer (":", also escaped) or that of our links puts before it. `deploy/nginx.conf` leaves the same out.
SIGNATURE = re.compile(r"([.:]|%3A)[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


class LineFormatter(logging.Formatter):
    """Without the signatures of private addresses: whoever reads the log can't open what they lead to."""

    def format(self, record: logging.LogRecord) -> str:
        return SIGNATURE.sub(r"\1***", super().format(record))
