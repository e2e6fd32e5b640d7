"""Private files in an S3 bucket, which few threads at once wait for, and none for a while after it has failed.

tests/exchange/files/test_storage_frozen.py freezes it under gunicorn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from boto3.exceptions import RetriesExceededError
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 -- boto's name
from storages.backends.s3 import S3Storage

from exchange import remote
from exchange.base.outage import Outage
from exchange.files import storage

outage = Outage("File storage")


class ServerError(Exception):
    """The bucket answered with 5xx: it can't say whether there is such a file."""


AWAY = (HTTPClientError, ConnectionError, RetriesExceededError, ServerError)


@contextmanager
def _asking() -> Iterator[None]:
    """Around a call. AwayError where the bucket doesn't answer, or where too many threads wait for it already."""
    with storage.kept.one(), outage.attempt(*AWAY):
        try:
            yield
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            raise ServerError(str(error)) from error


class BucketStorage(S3Storage):
    """What talks to the bucket, one call each; a signed link is made without it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.transfer_config.num_download_attempts = remote.ATTEMPTS

    @_asking()
    def _open(self, name: str, mode: str = "rb") -> Any:
        file = super()._open(name, mode)
        if "r" in mode:
            file.open()  # fetched here, and not as somebody reads it
        return file

    _save = _asking()(S3Storage._save)
    delete = _asking()(S3Storage.delete)
    exists = _asking()(S3Storage.exists)
    listdir = _asking()(S3Storage.listdir)
    size = _asking()(S3Storage.size)
    get_modified_time = _asking()(S3Storage.get_modified_time)
