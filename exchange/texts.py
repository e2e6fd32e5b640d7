"""Ways to send a text message; `TEXT_BACKEND` names one. Each raises OSError when it should be tried again."""

import uuid

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings


def file_backend(number: str, body: str) -> None:
    """A file per text beside the demo's mail: nothing leaves the machine."""
    folder = settings.DATA_DIR / "outbox"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"text-{uuid.uuid4().hex}.txt").write_text(f"To: {number}\n\n{body}\n")


def sns_backend(number: str, body: str) -> None:
    client = boto3.client("sns", region_name=settings.AWS_SNS_REGION_NAME, endpoint_url=settings.AWS_SNS_ENDPOINT_URL)
    try:
        client.publish(
            PhoneNumber=number,
            Message=body,
            MessageAttributes={"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}},
        )
    except (BotoCoreError, ClientError) as error:
        raise OSError(str(error)) from error
