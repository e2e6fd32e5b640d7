"""Facts with a date and a source, and which of them are due for another look."""
