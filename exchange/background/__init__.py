"""Work outside the request: jobs with progress, subprocesses, cached figures, sending tasks, health checks."""
