"""Work outside the request: jobs with progress, subprocesses, cached figures, tasks by name, health checks."""
