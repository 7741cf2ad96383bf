"""What is found in a file: the first of each kind for the page, and all of it as a file to download."""

import json
import tempfile

from django.core.files.base import File

from distribution.directory import is_notice

# Of each kind, for the page.
KEPT = {"wrong": 1_000, "notice": 500, "new": 100, "changed": 300, "removed": 300}


class Findings:
    """Takes one finding after the other; never holds more than KEPT of them in memory."""

    def __init__(self):
        self.report = {kind: [] for kind in KEPT}
        self.totals = dict.fromkeys(KEPT, 0)
        self.file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  closed by save()

    def add_problem(self, problem):
        self.add("notice" if is_notice(problem.code) else "wrong", **problem._asdict())

    def add(self, kind, **finding):
        self.totals[kind] += 1
        if self.totals[kind] <= KEPT[kind]:
            self.report[kind].append(finding)
        self.file.write(json.dumps({"kind": kind, **finding}, ensure_ascii=False) + "\n")

    def save(self, job):
        """The whole list into the storage; the page's part, for the job's row."""
        job.findings.delete(save=False)  # of an earlier check
        self.file.flush()
        self.file.seek(0)
        with self.file:
            job.findings.save("findings.jsonl", File(self.file.buffer), save=False)
        return self.report | {"totals": self.totals}


def read_findings(job):
    """Each finding of a job, from its file."""
    with job.findings.open("rb") as file:
        for line in file:
            yield json.loads(line)
