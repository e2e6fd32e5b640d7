"""Runs of a placement through its pages: the worker makes them between the press and the result."""

from exchange.background import jobs
from exchange.models import Job


def after_the_job(client, address, data):
    """The page to which a form leads once its job has ended."""
    answer = client.post(address, data)
    jobs.run(Job.objects.unfinished().get().pk)
    return client.get(answer["Location"], follow=True)
