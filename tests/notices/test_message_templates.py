"""Templates of subscription messages: the form of each type of field."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from community.message_templates import MessageSource, MessageTemplate, clip
from community.notices.message_topics import PHRASES
from community.settings import build_settings


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("番茄", "番茄"),
        ("一" * 20, "一" * 20),
        ("一" * 21, "一" * 19 + "…"),
        ("两行\n一行\t  完", "两行 一行 完"),
        ("👨‍👩‍👧" * 3, "👨‍👩‍👧" * 2 + "…"),
        ("", ""),
        ("𠮷" * 10, "𠮷" * 10),
        ("𠮷" * 11, "𠮷" * 9 + "…"),
    ],
)
def test_thing_is_clipped_at_a_character(given, expected):
    assert clip(given, 20) == expected
    assert len(expected.encode("utf-16-le")) // 2 <= 20


VALUES = {
    MessageSource.TEXT: "您的投稿“阳台番茄怎么种才甜，三年经验总结”已通过",
    MessageSource.COMMUNITY: "枫林小区",
    MessageSource.TOPIC: "审核结果",
    MessageSource.AT: "2026年3月4日 07:05",
    MessageSource.POINTS: "120",
}


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("thing1", "text", "您的投稿“阳台番茄怎么种才甜，三年经验…"),
        ("thing12", "community", "枫林小区"),
        ("phrase2", "topic", "审核结果"),
        ("number3", "points", "120"),
        ("character_string4", "points", "120"),
        ("date5", "at", "2026年3月4日"),
        ("time6", "at", "2026年3月4日 07:05"),
    ],
)
def test_field_has_the_form_of_its_type(name, source, expected):
    template = MessageTemplate(id="t", fields={name: source})
    assert template.fill(VALUES) == {name: {"value": expected}}


def test_field_without_a_value_builds_no_message():
    template = MessageTemplate(id="t", fields={"number1": "points", "thing2": "text"})
    assert template.fill(VALUES | {MessageSource.POINTS: ""}) is None


def test_phrases_have_at_most_five_characters():
    assert {len(phrase) for phrase in PHRASES.values()} <= {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"thing": "text"},
        {"picture1": "text"},
        {"thing1": "topic"},
        {"phrase1": "text"},
        {"number1": "at"},
        {"1": "at"},
    ],
)
def test_wrong_fields_stop_the_process(fields):
    with pytest.raises(ValidationError):
        MessageTemplate(id="t", fields=fields)


@pytest.mark.parametrize(
    "value", ["", "x", "[]", '{"POEM": {"id": "t", "fields": {"thing1": "text"}}}', '{"POINTS": {}}']
)
def test_wrong_setting_stops_the_process(value):
    environment = {"COMMUNITY_WECHAT_TEMPLATES": value, "COMMUNITY_WECHAT_APP_ID": "a", "COMMUNITY_WECHAT_SECRET": "s"}
    with pytest.raises(ValidationError, match="wechat_templates"):
        build_settings(environment)


def test_setting_is_read_from_json():
    value = '{"POINTS": {"id": "t-1", "fields": {"number1": "points"}}}'
    environment = {"COMMUNITY_WECHAT_TEMPLATES": value, "COMMUNITY_WECHAT_APP_ID": "a", "COMMUNITY_WECHAT_SECRET": "s"}
    assert build_settings(environment).wechat_templates["POINTS"].fields == {"number1": MessageSource.POINTS}


def test_templates_need_the_login():
    with pytest.raises(ValidationError, match="WECHAT_APP_ID"):
        build_settings({"COMMUNITY_WECHAT_TEMPLATES": '{"POINTS": {"id": "t", "fields": {"number1": "points"}}}'})
