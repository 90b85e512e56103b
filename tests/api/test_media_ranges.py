"""Parts of a picture, and conditional requests for it."""

from __future__ import annotations

import pytest

from community.api.media import ranges

ETAG = '"7-480.jpg"'
DATA = bytes(range(100))


def request(method="GET", **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return ranges.build_file_response(DATA, method, given, {"ETag": ETAG}, media_type="image/jpeg")


@pytest.mark.parametrize(
    ("wanted", "part", "described"),
    [
        ("bytes=0-9", DATA[:10], "bytes 0-9/100"),
        ("bytes=90-", DATA[90:], "bytes 90-99/100"),
        ("bytes=-5", DATA[95:], "bytes 95-99/100"),
        ("bytes=-500", DATA, "bytes 0-99/100"),
        ("bytes=50-5000", DATA[50:], "bytes 50-99/100"),
        ("Bytes=99-99", DATA[99:], "bytes 99-99/100"),
    ],
)
def test_range_gets_its_part(wanted, part, described):
    response = request(range=wanted, if_range=ETAG)
    assert (response.status_code, response.body) == (206, part)
    assert response.headers["content-range"] == described
    assert (response.headers["etag"], response.headers["content-length"]) == (ETAG, str(len(part)))


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=100-200", "bytes=9-3", "bytes=-0"])
def test_range_outside_the_file_is_refused(wanted):
    response = request(range=wanted)
    assert (response.status_code, response.headers["content-range"]) == (416, "bytes */100")
    assert b"RANGE_NOT_SATISFIABLE" in response.body


@pytest.mark.parametrize("wanted", ["", "bytes=-", "bytes=0-1,5-6", "rows=1-2", "bytes=a-b", "bytes=" + "9" * 50 + "-"])
def test_other_range_gets_the_whole_file(wanted):
    response = request(range=wanted)
    assert (response.status_code, response.body) == (200, DATA)
    assert response.headers["accept-ranges"] == "bytes"


def test_range_of_another_file_gets_the_whole():
    assert request(range="bytes=0-9", if_range='"8-480.jpg"').status_code == 200


@pytest.mark.parametrize("wanted", ["bytes=0-9", "bytes=100-"])
def test_range_of_head_is_ignored(wanted):
    response = request("HEAD", range=wanted)
    assert (response.status_code, response.headers["content-length"]) == (200, str(len(DATA)))
    assert "content-range" not in response.headers


@pytest.mark.parametrize(
    ("header", "known"),
    [("*", False), (ETAG, True), (f'"1", W/{ETAG}', True), ('"17-480.jpg"', False), ("", False)],
)
def test_file_that_the_client_has_is_known(header, known):
    assert ranges.is_known(ETAG, header) is known
