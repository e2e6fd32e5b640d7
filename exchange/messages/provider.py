"""Mail through a provider's HTTP API. Its answers lead nowhere else: a redirect is a failure, and is tried again later.

Otherwise a message, with its addresses, would be posted again wherever the answer points (docs/security.md, V15.3.2).
"""

from typing import Any

from anymail.backends.base_requests import AnymailRequestsBackend
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string


def backend(*, provider: str, **options: Any) -> BaseEmailBackend:
    """The backend with this dotted path, following no redirects. Named in MAILERS as if it were a class."""
    base = import_string(provider)
    if not issubclass(base, AnymailRequestsBackend):
        return base(**options)  # type: ignore[no-any-return]

    class StayingBackend(base):  # type: ignore[misc, valid-type]
        def create_session(self) -> Any:
            session = super().create_session()
            session.max_redirects = 0
            return session

    return StayingBackend(**options)
