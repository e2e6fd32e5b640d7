"""The details that the airline needs, and the lists that are downloaded for it."""
