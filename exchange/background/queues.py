"""The queues of background work, and how long their tasks may take (docs/adr/0031). Imported by the settings.

URGENT: codes, alarms, check-ins, texts that somebody waits for. ORDINARY: all other messages, exports, whatever beat
starts. UPLOADS: scanning and cleaning files that people sent. HEAVY: charts, PDFs and calculations for a page.
"""

from typing import Any

URGENT, ORDINARY, UPLOADS, HEAVY = "urgent", "celery", "uploads", "heavy"
QUEUES = (URGENT, ORDINARY, UPLOADS, HEAVY)

# Redis gives a task that isn't done after an hour to another worker, too
SOFT_SECONDS, SECONDS = 50 * 60, 55 * 60
# shorter than `retries.CLAIM_LASTS`: a worker that is stuck in a try has ended before another may take the message
SENDING: dict[str, Any] = {"soft_time_limit": 90, "time_limit": 110}
# longer than scanner, cleaning and storage may take together, shorter than the claim of `upload_check`
CHECKING: dict[str, Any] = {"soft_time_limit": 210, "time_limit": 240}
# so that one task can't keep those who wait on a page from theirs
WAITED_FOR: dict[str, Any] = {"soft_time_limit": 300, "time_limit": 330}
