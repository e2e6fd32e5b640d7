"""Email and texts: an outbox of rows, delivery, consent to texts, quiet hours, replies by text."""
