"""What a student needs on the trip and whom to call in an emergency; opened for a purpose, on record."""
