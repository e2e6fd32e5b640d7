"""Messages to everyone whom a filter finds."""
