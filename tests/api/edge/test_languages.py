"""The language of a request follows `Accept-Language`."""

from __future__ import annotations

import pytest

from community.api.edge.languages import MAX_HEADER_LENGTH, negotiate_language
from community.texts import Language

CHINESE, ENGLISH = Language.ZH, Language.EN


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", CHINESE),
        ("zh-CN", CHINESE),
        ("zh-Hans-CN, en;q=0.9", CHINESE),
        ("en", ENGLISH),
        ("EN-gb", ENGLISH),
        ("en-GB,en;q=0.9,zh;q=0.8", ENGLISH),
        ("en;q=0.3, zh;q=0.7", CHINESE),
        ("zh;q=0.3, en;q=0.7", ENGLISH),
        ("zh;q=0.5, en-US;q=0.4, en;q=0.6", ENGLISH),
        ("fr, de;q=0.5", CHINESE),
        ("fr, en;q=0.1", ENGLISH),
        ("*", CHINESE),
        ("zh;q=0, *", ENGLISH),
        ("en;q=0", CHINESE),
        ("en;q=0.2, *;q=0.5", CHINESE),
        ("en , ,zh;q=0.5", ENGLISH),
        ("en ; q=1.000", ENGLISH),
        ("en_US", ENGLISH),
        ("zh_Hans-CN, en;q=0.9", CHINESE),
    ],
)
def test_header_selects_the_language(header, language):
    assert negotiate_language(header) is language


@pytest.mark.parametrize(
    "header", ["en,fr;q=0.8888", "en;q=0.5, zh;q=0.8;level=1", "zh;q=2, en", "中文, en", "en, en;q=x", "en, -"]
)
def test_malformed_part_is_skipped(header):
    assert negotiate_language(header) is ENGLISH


@pytest.mark.parametrize(
    "header",
    ["en;q=2", "en;q=x", "en_", "en;level=1", "en;q=0.8;level=1", "english-language", "en," * MAX_HEADER_LENGTH],
)
def test_malformed_header_means_chinese(header):
    assert negotiate_language(header) is CHINESE
