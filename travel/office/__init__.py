"""Pages that read every other step, one room for each noun: Today and a student's journey, search, calendar, own data.

Only the tasks, the jobs and the front page import it.
"""
