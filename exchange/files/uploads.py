"""What is refused before a form can look at it."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class NotEndlessUploadHandler(FileUploadHandler):
    """A request that would fill the disk is not read at all. The limit of one file is a Fact, and far below."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # noqa: N803 -- Django's
        if content_length > settings.REQUEST_MAX_SIZE:
            raise RequestDataTooBig(f"A request of {content_length} bytes; REQUEST_MAX_SIZE is the limit.")

    def receive_data_chunk(self, raw_data, start):
        return raw_data

    def file_complete(self, file_size):
        return None
