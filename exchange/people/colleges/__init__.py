"""A college's own sign-in, and the advisor that the office names for it."""
