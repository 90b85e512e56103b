"""A chapter: photographs from phones, and what everybody gets to see of them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from community.demo import operations as op
from community.demo import photographs
from community.demo.loop import Neighbourhood, build_decision, generate_key, get_next_case
from community.demo.photographs import Photograph
from community.demo.scenario import Actor, ResponseData, ScenarioRunner

MAX_PROCESSING_S = 15.0
TITLE = "小区三景"
_HARMLESS_KEYS = frozenset({"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "background", "loop"})

UPLOAD = """mutation Upload($input: MediaUploadInput!) {
  mediaUpload(input: $input) { media { id state pollAfterMs } errors { code message } }
}"""

SUBMITTED = """query Submitted($communityId: ID!) {
  mySubmissions(communityId: $communityId, first: 1) {
    nodes { id state version note latest { media {
      id state width height placeholder colour small: url(size: SQUARE_200, format: WEBP) large: url(size: WIDE_1080)
    } } }
  }
}"""

AVATAR = """mutation Avatar($input: PersonSetAvatarInput!) {
  personSetAvatar(input: $input) { person { nickname avatar { state url(size: SQUARE_200) } } errors { code } }
}"""


async def play(runner: ScenarioRunner, place: Neighbourhood, *, folder: Path | None = None) -> None:
    """Play the chapter, with the photographs of `folder` or drawn ones. Raises Broken, FileNotFoundError."""
    photos = photographs.draw_photographs(3) if folder is None else photographs.load_folder(folder, 3)
    runner.begin_chapter("photographs come in from a phone")
    author = place.second
    ids = [await _upload_by_form(runner, author, photo) for photo in photos[:2]]
    ids.append(await _upload_by_graphql(runner, author, photos[2]))
    await _submit(runner, place, author, ids)
    seen = await runner.wait_for(
        author, "sees all three made small, and the story on its way to a leader", SUBMITTED,
        communityId=place.community_id, within_s=MAX_PROCESSING_S,
        check=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "IN_REVIEW"
        and all(media["state"] == "READY" for media in it["mySubmissions"]["nodes"][0]["latest"]["media"]),
    )  # fmt: skip
    story = seen["mySubmissions"]["nodes"][0]
    await _check_pictures(runner, place.ming, story["latest"]["media"])
    await _approve(runner, place)
    await runner.run_step(
        author, "wears one of them", AVATAR,
        input={"mediaId": ids[1]},
        check=lambda it: it["personSetAvatar"]["person"]["avatar"]["state"] == "READY",
    )  # fmt: skip
    await _submit_unusable(runner, place)


async def _upload_by_form(runner: ScenarioRunner, actor: Actor, photo: Photograph) -> str:
    async def send(client: httpx.AsyncClient) -> ResponseData:
        sent = await client.post("/upload", files={"photo": (photo.name, photo.data)})
        return dict(sent.json())

    megabytes = f"{len(photo.data) / 1e6:.1f} MB"
    answer = await runner.run_call(
        actor, f"sends {photo.name} ({megabytes}) as a plain form, and has its id at once", send,
        check=lambda it: it["media"]["state"] == "PROCESSING",
    )  # fmt: skip
    return str(answer["media"]["id"])


async def _upload_by_graphql(runner: ScenarioRunner, actor: Actor, photo: Photograph) -> str:
    operations = {"query": UPLOAD, "variables": {"input": {"file": None, "idempotencyKey": generate_key()}}}
    fields = {"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.file"]})}

    async def send(client: httpx.AsyncClient) -> ResponseData:
        headers = {"GraphQL-Require-Preflight": "1"}
        sent = await client.post("/graphql", data=fields, files={"0": (photo.name, photo.data)}, headers=headers)
        return dict(sent.json()["data"])

    answer = await runner.run_call(
        actor, f"sends {photo.name} by GraphQL", send, check=lambda it: not it["mediaUpload"]["errors"]
    )
    return str(answer["mediaUpload"]["media"]["id"])


async def _submit(runner: ScenarioRunner, place: Neighbourhood, actor: Actor, ids: list[str]) -> None:
    words = {"title": TITLE, "text": "今天在小区里拍的。", "tags": ["随手拍"], "mediaIds": ids}
    await runner.run_step(
        actor,
        "sends in a story with all three while they are still worked on",
        op.SUBMIT,
        input={
            "communityId": place.community_id,
            "idempotencyKey": generate_key(),
            "kind": "PHOTOGRAPH",
            "content": words,
        },
        check=lambda it: it["submissionCreate"]["submission"]["state"] == "PENDING_SCREENING",
    )


def list_metadata(image: Image.Image) -> list[str]:
    """What a picture's file says besides its pixels: EXIF, comments, profiles and whatever else has a place in it.

    By its structure: among the pixels themselves any letters may come about by chance.
    """
    segments = [name for name, _ in getattr(image, "applist", ()) if name != "APP0"]
    return sorted(
        {*map(str, image.getexif()), *segments, *(str(name) for name in image.info if name not in _HARMLESS_KEYS)}
    )


async def _check_pictures(runner: ScenarioRunner, actor: Actor, pictures: list[dict[str, Any]]) -> None:
    """Load every picture, and look for what must not be in it."""

    async def load(client: httpx.AsyncClient) -> ResponseData:
        found = []
        for picture in pictures:
            data = (await client.get(picture["large"])).content
            image = Image.open(io.BytesIO(data))
            found.append(
                {
                    "upright": (image.width > image.height) == (picture["width"] > picture["height"]),
                    "size": list(image.size),
                    "bytes": len(data),
                    "told": list_metadata(image),
                }
            )
        return {"pictures": found}

    await runner.run_call(
        actor, "loads them: upright, small, and not a word of where they were taken", load,
        check=lambda it: all(one["upright"] and not one["told"] for one in it["pictures"]),
    )  # fmt: skip


async def _approve(runner: ScenarioRunner, place: Neighbourhood) -> None:
    case = await get_next_case(runner, place, place.leader, TITLE)
    await runner.run_step(
        place.leader, "scores the pictures 3, 3, 4 and approves", op.APPROVE,
        input=build_decision(place, case, scores={"authenticity": 3, "usefulness": 3, "resonance": 4}),
        check=lambda it: it["submissionApprove"]["reviewCase"]["state"] == "DECIDED",
    )  # fmt: skip


async def _submit_unusable(runner: ScenarioRunner, place: Neighbourhood) -> None:
    async def send(client: httpx.AsyncClient) -> ResponseData:
        files = {"photo": ("holiday.jpg", b"This is a text that calls itself a photograph.", "image/jpeg")}
        return dict((await client.post("/upload", files=files)).json())

    sent = await runner.run_call(
        place.ming, "sends a text that calls itself holiday.jpg", send, check=lambda it: not it["errors"]
    )
    words = {"title": "假日", "text": "看图。", "tags": [], "mediaIds": [sent["media"]["id"]]}
    await runner.run_step(
        place.ming,
        "sends in a story with it",
        op.SUBMIT,
        input={
            "communityId": place.community_id,
            "idempotencyKey": generate_key(),
            "kind": "PHOTOGRAPH",
            "content": words,
        },
        check=lambda it: not it["submissionCreate"]["errors"],
    )
    await runner.wait_for(
        place.ming, "gets it back with the reason", SUBMITTED,
        communityId=place.community_id, within_s=MAX_PROCESSING_S,
        check=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "RETURNED"
        and "Picture 1" in it["mySubmissions"]["nodes"][0]["note"],
    )  # fmt: skip
