"""One's own account: its page, and what happened in it."""
