"""Email and text messages: the outbox, delivery, consent to texts, quiet hours, incoming texts."""
