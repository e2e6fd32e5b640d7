"""Pages that read all of the other steps: a student's journey, the pipeline, the work due today, a person's own data.

Nothing imports it but the tasks, the jobs and the front page.
"""
