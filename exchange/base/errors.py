"""What an action raises when a rule forbids it; caught only at the edge (`exchange.web.shortcuts.rule_message`)."""


class RuleViolation(Exception):
    """`code` is for programs and tests, `message` for the person, in plain words in their language."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message
