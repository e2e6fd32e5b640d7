"""Pages that read every other step: a student's journey, the pipeline, the work due today, a person's own data.

Only the tasks, the jobs and the front page import it.
"""
