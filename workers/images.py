"""The queue `images`: one picture per job, each in a child process."""

from __future__ import annotations

from community.media import processing
from workers.job import ExecutionMode, Job

JOBS = {"images.process": Job(processing.process, ExecutionMode.ISOLATED)}
