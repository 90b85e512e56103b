"""Near duplicates of a folder of photographs are found, and different photographs are not.

    COMMUNITY_TEST_PHOTOGRAPHS=FOLDER .venv/bin/pytest -n 0 -s tests/faults/test_near_duplicates.py

The folder has at least 100 different photographs, best at least 1,400 pixels wide. No photograph is part of this
repository. The short form in tests/media/test_near_duplicates.py uses drawn ones.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from pathlib import Path

import pytest

from community.media.fingerprints.comparison import Likeness
from tests.support import near_duplicates

FOLDER = os.environ.get("COMMUNITY_TEST_PHOTOGRAPHS")
LEAST = 100
MIN_RECALL = 0.98
WINDOW_WIDTH = 1_400

pytestmark = pytest.mark.skipif(FOLDER is None, reason="COMMUNITY_TEST_PHOTOGRAPHS names no folder")


@pytest.fixture(scope="module")
def paths():
    found = [path for path in sorted(Path(FOLDER).iterdir()) if path.suffix.lower() in near_duplicates.SUFFIXES]
    assert len(found) >= LEAST, f"{FOLDER} has {len(found)} photographs"
    return found


def test_near_duplicates_are_found(paths):
    found = defaultdict(list)
    spent, compared = 0.0, 0
    for path in paths:
        image = near_duplicates.load(path)
        stored = near_duplicates.fingerprint(path.name, image)
        if stored is None:
            print(f"{path.name} is too flat")
            continue
        kinds = [*near_duplicates.make_near_duplicates(image), *near_duplicates.make_altered(image)]
        for kind, copy in kinds:
            asked = near_duplicates.fingerprint(kind, copy)
            before = time.process_time()
            found[kind].append((path.name, asked and near_duplicates.find_likeness(asked, stored)))
            spent, compared = spent + time.process_time() - before, compared + 1
    print(f"\n{len(next(iter(found.values())))} photographs, {spent / compared * 1000:.1f} ms of CPU a comparison")
    for kind, results in found.items():
        counts = {like: sum(1 for _, other in results if other is like) for like in {like for _, like in results}}
        missed = [name for name, like in results if like is None]
        print(f"{kind:24} {1 - len(missed) / len(results):7.1%}  {counts}  {missed[:8]}")
    wanted = [kind for kind, _ in near_duplicates.make_near_duplicates(near_duplicates.load(paths[0]))]
    recalls = {kind: sum(like is Likeness.SAME for _, like in found[kind]) / len(found[kind]) for kind in wanted}
    assert {kind: recall for kind, recall in recalls.items() if recall < MIN_RECALL} == {}


def test_different_photographs_do_not_match(paths):
    pictures = [
        picture
        for path in paths
        if (picture := near_duplicates.fingerprint(path.name, near_duplicates.load(path))) is not None
    ]
    assert list_matches(pictures, pictures) == []


def test_shifted_windows_do_not_match(paths):
    matched, windows, groups = [], 0, []
    for path in paths:
        image = near_duplicates.load(path, width=WINDOW_WIDTH)
        cut = [
            picture
            for number, window in enumerate(near_duplicates.make_shifted_windows(image))
            if (picture := near_duplicates.fingerprint(f"{path.name}/{number}", window)) is not None
        ]
        windows += len(cut)
        matched += list_matches(cut, cut)
        groups += cut[:1]
    print(f"\n{windows} windows of {len(paths)} photographs")
    assert matched == []
    assert list_matches(groups, groups) == []


def list_matches(pictures, others):
    compared, found = 0, []
    for asked in pictures:
        for stored in others:
            if asked is not stored and asked.name < stored.name:
                compared += 1
                kind = near_duplicates.find_likeness(asked, stored)
                if kind is not None:
                    found.append((asked.name, stored.name, kind))
    print(f"{compared} pairs, {len(found)} matches {found}")
    return found
