"""Backups of a bucket, restored into another one, with a local server that speaks S3."""

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from exchange.keeping import taking
from tests.exchange.keeping.systems import all_files, fill_storage
from tests.exchange.test_settings import PRODUCTION, read_settings  # noqa: F401 -- a fixture

pytestmark = pytest.mark.service


@pytest.fixture
def in_bucket(aws, read_settings, settings):  # noqa: F811 -- the fixture imported above
    """`in_bucket("name")` makes a new bucket the default storage, with production settings."""

    def use(name: str) -> None:
        found = read_settings(**PRODUCTION | {"AWS_STORAGE_BUCKET_NAME": name}, AWS_S3_ENDPOINT_URL=aws)
        settings.STORAGES = settings.STORAGES | {"default": found["STORAGES"]["default"]}
        client = boto3.client("s3", endpoint_url=aws, region_name="us-west-2")
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})

    return use


def test_round_trip_from_bucket_to_bucket(small_world, keys, empty_system, in_bucket):
    in_bucket("exchange-private")
    fill_storage()
    files = all_files()
    taken = taking.take()
    assert taken.manifest.files == len(files) > 2

    with empty_system():
        in_bucket("exchange-restored")
        call_command("restore", str(taken.folder), identity=keys.data)
        assert all_files() == files
        assert default_storage.listdir("")[1] == []  # no marker is left


def test_a_bucket_with_files_is_refused(backup, empty_system, in_bucket):
    with empty_system():
        in_bucket("exchange-elsewhere")
        default_storage.save("uploads/ab/mine.jpg", ContentFile(b"mine"))
        with pytest.raises(CommandError, match="The storage has files"):
            call_command("restore", str(backup.folder), identity=backup.keys.data)
