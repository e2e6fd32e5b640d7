"""A client for tus 1.0 that behaves like the page's script."""

import base64

from django.urls import reverse

from applications.models import Question
from tests.applications import upload_samples as samples

TUS = {"HTTP_TUS_RESUMABLE": "1.0.0"}
PIECE = {**TUS, "CONTENT_TYPE": "application/offset+octet-stream"}
PDF = samples.pdf()


def metadata(**words):
    return ",".join(f"{key} {base64.b64encode(word.encode()).decode()}" for key, word in words.items())


def create(client, application, size, name="my classes.pdf", question="class_schedule", told=None, **more):
    words = {"question": question, "filename": name} | (told or {})
    said = {"HTTP_UPLOAD_LENGTH": str(size), "HTTP_UPLOAD_METADATA": metadata(**words)}
    return client.post(reverse("applications:upload-create", args=[application.code]), **(TUS | said | more))


def patch(client, address, content, offset, **more):
    return client.generic("PATCH", address, content, HTTP_UPLOAD_OFFSET=str(offset), **(PIECE | more))


def offset_of(client, address):
    return int(client.head(address, **TUS).headers["Upload-Offset"])


def send(client, application, content=PDF, step=0, **more):
    """Sends the whole file in steps; returns the last answer."""
    response = create(client, application, len(content), **more)
    step = step or len(content)
    for offset in range(0, len(content), step):
        if response.status_code >= 400:
            return response
        address = response.headers.get("Location") or address  # noqa: F821 -- the first answer names it
        response = patch(client, address, content[offset : offset + step], offset)
    return response


def allow_several(application, count=3):
    Question.objects.filter(section__form=application.form, key="class_schedule").update(files_max=count)


def code_of(response):
    return response.json()["code"]
