"""Proof by a code to an address that the account has: reauthentication for people without a password.

allauth asks for a password or a second factor, and takes people who have neither as proved.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.http import HttpRequest

from exchange.models import User
from exchange.web.shortcuts import me

STATE_SESSION_KEY = "reauthentication_code"


def addresses_of(user: User) -> dict[str, str]:
    """{"email": address, "phone": number in E.164}, without the one that the account lacks: where codes to sign in go.

    Never an address that is only typed: the change of an address is what this protects.
    """
    phone = get_adapter().get_phone(user)
    found = {"email": user.email or "", "phone": phone[0] if phone else ""}
    return {kind: address for kind, address in found.items() if address}


class CodeProcess(AbstractCodeVerificationProcess):
    """A code on its way, kept in the session until it is typed, expires, or was mistyped too often."""

    def __init__(self, request: HttpRequest, state: dict[str, Any]) -> None:
        self.request = request
        super().__init__(
            state=state,
            max_attempts=settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS,
            timeout=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT,
            user=me(request),
        )

    @classmethod
    def begin(cls, request: HttpRequest, kind: str) -> "CodeProcess | None":
        """Send a new code to the account's email or phone. None if it has no such address."""
        user = me(request)
        if not (address := addresses_of(user).get(kind)):
            return None
        process = cls(request, cls.initial_state(user=user, **{kind: address}))
        process.send()
        process.persist()
        return process

    @classmethod
    def resume(cls, request: HttpRequest) -> "CodeProcess | None":
        """The code on its way, or None. One sent to an address that the account no longer has does not count."""
        state = request.session.get(STATE_SESSION_KEY)
        process = cls(request, state) if state else None
        if process and process.address in addresses_of(me(request)).values():
            found: CodeProcess | None = process.abort_if_invalid()
            return found
        return None

    @property
    def address(self) -> str:
        address: str = self.state.get("email") or self.state.get("phone") or ""
        return address

    def send(self) -> None:
        adapter = get_adapter()
        self.state["code"] = code = adapter.generate_login_code()
        adapter.tell(
            "exchange/reauthentication_code", self.address, to=me(self.request), context={"code": code}, is_secret=True
        )

    def persist(self) -> None:
        self.request.session[STATE_SESSION_KEY] = self.state

    def abort(self) -> None:
        self.request.session.pop(STATE_SESSION_KEY, None)

    def finish(self) -> None:
        where = {kind: self.state.get(kind) for kind in ("email", "phone")}
        record_authentication(self.request, me(self.request), method="code", reauthenticated=True, **where)
        self.abort()
