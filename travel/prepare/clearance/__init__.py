"""What the office must have seen before somebody leads a group or receives one."""
