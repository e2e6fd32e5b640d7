"""Links with which a student shows the trip to family."""
