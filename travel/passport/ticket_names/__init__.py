"""The name on the plane ticket, beside the one in the passport."""
