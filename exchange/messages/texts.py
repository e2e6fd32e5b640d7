"""Backends that send a text message; the setting `TEXT_BACKEND` names one.

Each returns the provider's id of the text, "" without one. It raises OSError if sending should be tried again, OptedOut
if the number said stop to the provider, and `refusals.Refused` if it never takes a text to this number.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from exchange import remote
from exchange.base.outage import Places, SharedOutage
from exchange.messages.refusals import Refused
from exchange.models import Message

# Amazon's names for a number that it can't or won't send to (API reference of SNS, Publish, errors)
NOT_A_NUMBER = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationException"})
OPTED_OUT = frozenset({"OptedOut", "OptedOutException"})
OPTED_OUT_TOO = "DESTINATION_PHONE_NUMBER_OPTED_OUT"  # the reason in a ConflictException of End User Messaging
SNS = "exchange.messages.texts.sns_backend"
provider = SharedOutage("The provider of texts", pause=25)
_places = Places("the provider of texts", share=1 / 4)
_creating = threading.Lock()  # boto3 may send from several threads, but not create clients in them


def file_backend(number: str, body: str) -> str:
    """For the demo: writes a file for each text, beside the demo's email. Nothing leaves the machine."""
    folder = settings.DATA_DIR / "outbox"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"text-{uuid.uuid4().hex}.txt").write_text(f"To: {number}\n\n{body}\n")
    return ""


class OptedOut(Exception):
    """The number said stop to the provider, which no longer sends to it."""


def sns_backend(number: str, body: str) -> str:
    with _amazon() as client, _refusals(number):
        # publishing to such a number succeeds, but nothing arrives, so check first
        if client.check_if_phone_number_is_opted_out(phoneNumber=number)["isOptedOut"]:
            raise OptedOut(number)
        answer = client.publish(
            PhoneNumber=number,
            Message=body,
            MessageAttributes={"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}},
        )
    return str(answer.get("MessageId", ""))


def messaging_backend(number: str, body: str) -> str:
    """Through AWS End User Messaging, which reports what became of each text (`exchange.messages.deliveries`)."""
    with _amazon("pinpoint-sms-voice-v2") as client, _refusals(number):
        answer = client.send_text_message(
            DestinationPhoneNumber=number,
            OriginationIdentity=settings.TEXT_SENDER,
            MessageBody=body,
            MessageType="TRANSACTIONAL",
            ConfigurationSetName=settings.TEXT_CONFIGURATION_SET,
        )
    return str(answer["MessageId"])


@contextmanager
def _refusals(number: str) -> Iterator[None]:
    """Amazon's permanent refusals of a number, as OptedOut and Refused."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 -- memory: see _amazon

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in OPTED_OUT or error.response.get("Reason") == OPTED_OUT_TOO:
            raise OptedOut(number) from error
        if code in NOT_A_NUMBER:
            raise Refused(Message.Reason.BAD_NUMBER, str(error)) from error
        raise


def opt_in(number: str) -> None:
    """Tell the provider that the number wants texts again. Only for SNS; other backends need nothing.

    OSError if it refuses: Amazon accepts this once in 30 days. A text with START from the phone always works.
    """
    if settings.TEXT_BACKEND != SNS:
        return
    with _amazon() as client:
        if client.check_if_phone_number_is_opted_out(phoneNumber=number)["isOptedOut"]:
            client.opt_in_phone_number(phoneNumber=number)


def confirm_subscription(topic: str, token: str) -> None:
    """Confirm our subscription to the topic of incoming texts. OSError if that fails."""
    with _amazon() as client:
        client.confirm_subscription(TopicArn=topic, Token=token)


@contextmanager
def _amazon(service: Any = "sns") -> Iterator[Any]:
    """The client of SNS, or of another service; its errors are raised as OSError."""
    import boto3  # noqa: PLC0415 -- memory: 9 MB, and pages send no texts
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- memory, as above

    region, endpoint = settings.AWS_SNS_REGION_NAME, settings.AWS_SNS_ENDPOINT_URL
    create: Any = boto3.client  # its types, where installed, know names of services only as they are written out
    try:
        with _places.one(), provider.attempt(BotoCoreError):
            with _creating:
                client = create(service, config=remote.amazon(), region_name=region, endpoint_url=endpoint)
            yield client
    except ClientError as error:
        raise OSError(str(error)) from error
