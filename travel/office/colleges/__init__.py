"""The home colleges."""
