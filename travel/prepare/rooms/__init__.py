"""Rooms and small groups: wishes, proposals, moves by hand, publishing."""
