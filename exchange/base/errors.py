"""The exception that an action raises when a rule forbids it; caught only in views and tasks."""

from django.utils.functional import Promise


class RuleViolation(Exception):
    """A broken rule. `code` is for programs and tests, `message` for the person, in their language.

    `words`: the message as it was given. What may be stored for others to read is given as a lazy sentence
    (`exchange.base.sentences`), which still has every language.
    """

    def __init__(self, code: str, message: Promise | str) -> None:
        super().__init__(message)
        self.code = code
        self.words = message

    @property
    def message(self) -> str:
        return str(self.words)
