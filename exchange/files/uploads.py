"""Refuses requests that are too large, before a form parses them."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class NotEndlessUploadHandler(FileUploadHandler):
    """Raises RequestDataTooBig above REQUEST_MAX_SIZE, before reading. The limit for one file is a Fact, far lower."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 -- Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > settings.REQUEST_MAX_SIZE:
            raise RequestDataTooBig(f"A request of {content_length} bytes; REQUEST_MAX_SIZE is the limit.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
