"""Orientation sessions, who came, and the code at the door."""
