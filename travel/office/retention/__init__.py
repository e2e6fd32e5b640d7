"""What is kept how long, what went, and what a hold keeps."""
