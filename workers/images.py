"""The queue `images`: one picture a job, each in a process of its own."""

from __future__ import annotations

from community.media import processing
from workers.job import ExecutionMode, Job

JOBS = {"images.process": Job(processing.process, ExecutionMode.ISOLATED)}
