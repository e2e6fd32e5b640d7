"""What readers and the committee work by, on one page."""
