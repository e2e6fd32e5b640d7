"""Pages for everybody: contact, notices, how to report a weakness."""
