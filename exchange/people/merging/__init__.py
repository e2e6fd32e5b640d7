"""Two accounts of one student made one."""
