"""The exception that an action raises when a rule forbids it; caught only in views and tasks."""


class RuleViolation(Exception):
    """A broken rule. `code` is for programs and tests, `message` for the person, in their language."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
