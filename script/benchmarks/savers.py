"""Lets many students save without a pause, then compares every field with what the portal had confirmed."""

import json
import random
import threading
import time
from dataclasses import dataclass, field

import psycopg

from script.benchmarks.client import Client, one_change, percentile
from script.benchmarks.portal import Portal, gunicorn, portals, say

APPLICATIONS = 2_000  # a seventh of them are drafts
FIELDS = ("major", "student_number", "work_hours", "story_why", "story_new", "story_back")
AGAIN = 0.1  # of the changes are sent twice, as by a phone that did not get the answer
STORED = """
    SELECT application.code, question.key, answer.value
    FROM applications_answer answer
    JOIN applications_application application ON application.id = answer.application_id
    JOIN applications_question question ON question.id = answer.question_id
    WHERE application.code = ANY(%s)
"""
RIVALS = """
    SELECT count(*) FROM applications_draftfield draft
    JOIN applications_application application ON application.id = draft.application_id
    WHERE application.code = ANY(%s) AND jsonb_array_length(draft.versions) > 1
"""


@dataclass(slots=True)
class Saver:
    """One student: what they were told is saved, by field; what went wrong; times in milliseconds."""

    code: str
    client: Client
    said: dict[str, str | int] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    number: int = 0

    def save(self, chance: random.Random) -> None:
        self.number += 1
        key = FIELDS[self.number % len(FIELDS)]
        value = str(self.number) if key == "work_hours" else f"{self.code} {self.number} " + "a word or two " * 40
        value = value if key.startswith("story") or key == "work_hours" else value[:200].strip()
        change = one_change({key: value}, self.number)
        for _time in range(2 if chance.random() < AGAIN else 1):
            started = time.perf_counter()
            answer = self.client.post_json(
                f"/applications/{self.code}/save/", f"/applications/{self.code}/form/why/", change
            )
            self.times.append((time.perf_counter() - started) * 1000)
            if answer.status != 200 or not json.loads(answer.body)["results"][0]["ok"]:
                self.wrong.append(f"{answer.status} {answer.body[:200]!r}")
                return
        self.said[key] = int(value) if key == "work_hours" else value.strip()


def run(students: int, seconds: float) -> str:
    with portals([APPLICATIONS]) as (portal,):
        found = portal.inside("savers", str(students))
        with gunicorn(portal) as server:
            savers = [Saver(each["code"], Client(server.port, each["session"])) for each in found]
            took = _all_at_once(savers, seconds)
        return _report(savers, took, *_compare(portal, savers))


def _all_at_once(savers: list[Saver], seconds: float) -> float:
    stop = threading.Event()

    def work(saver: Saver) -> None:
        chance = random.Random(saver.code)  # noqa: S311 -- which changes are repeated
        while not stop.is_set():
            try:
                saver.save(chance)
            except (OSError, EOFError, SystemExit, ValueError) as error:
                saver.wrong.append(repr(error))

    threads = [threading.Thread(target=work, args=(saver,)) for saver in savers]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    for saver in savers:
        saver.client.close()
    return time.monotonic() - started


def _compare(portal: Portal, savers: list[Saver]) -> tuple[int, list[str], int]:
    """How many fields were compared, which differ, and how many have more than one version."""
    codes = [saver.code for saver in savers]
    with psycopg.connect(portal.url) as database:
        stored = {(code, key): value for code, key, value in database.execute(STORED, [codes])}
        rivals = database.execute(RIVALS, [codes]).fetchone()[0]
    wanted = {(saver.code, key): value for saver in savers for key, value in saver.said.items()}
    return len(wanted), [f"{code} {key}" for (code, key), value in wanted.items() if stored[code, key] != value], rivals


def _report(savers: list[Saver], took: float, compared: int, lost: list[str], rivals: int) -> str:
    times = [one for saver in savers for one in saver.times]
    wrong = [each for saver in savers for each in saver.wrong]
    for line in [*wrong[:5], *lost[:5]]:
        say(line)
    return "\n".join(
        [
            f"{len(savers)} students saving one field after another for {took:.0f} s, two web processes, PostgreSQL:",
            "",
            "| Saves | a second | p50, ms | p95, ms | errors | fields compared | lost | in two versions |",
            "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            f"| {len(times):,} | {len(times) / took:.0f} | {percentile(times, 50):.0f} | {percentile(times, 95):.0f} "
            f"| {len(wrong)} | {compared:,} | {len(lost)} | {rivals} |",
        ]
    )
