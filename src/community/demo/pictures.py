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
from community.demo.loop import Neighbourhood, decision, key, next_case
from community.demo.photographs import Photograph
from community.demo.telling import Actor, Answer, Teller

READY_S = 15.0
TITLE = "小区三景"
_PLAIN = frozenset({"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "background", "loop"})

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


async def play(tell: Teller, place: Neighbourhood, *, folder: Path | None = None) -> None:
    """Play the chapter, with the photographs of `folder` or drawn ones. Raises Broken, FileNotFoundError."""
    photos = photographs.drawn(3) if folder is None else photographs.of_folder(folder, 3)
    tell.chapter("photographs come in from a phone")
    author = place.second
    ids = [await _sent_as_a_form(tell, author, photo) for photo in photos[:2]]
    ids.append(await _sent_by_graphql(tell, author, photos[2]))
    await _submitted(tell, place, author, ids)
    seen = await tell.sees(
        author, "sees all three made small, and the story on its way to a leader", SUBMITTED,
        communityId=place.community_id, within_s=READY_S,
        so_that=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "IN_REVIEW"
        and all(media["state"] == "READY" for media in it["mySubmissions"]["nodes"][0]["latest"]["media"]),
    )  # fmt: skip
    story = seen["mySubmissions"]["nodes"][0]
    await _looked_at(tell, place.ming, story["latest"]["media"])
    await _decided(tell, place)
    await tell.does(
        author, "wears one of them", AVATAR,
        input={"mediaId": ids[1]},
        so_that=lambda it: it["personSetAvatar"]["person"]["avatar"]["state"] == "READY",
    )  # fmt: skip
    await _refused(tell, place)


async def _sent_as_a_form(tell: Teller, actor: Actor, photo: Photograph) -> str:
    async def send(client: httpx.AsyncClient) -> Answer:
        sent = await client.post("/upload", files={"photo": (photo.name, photo.data)})
        return dict(sent.json())

    megabytes = f"{len(photo.data) / 1e6:.1f} MB"
    answer = await tell.sends(
        actor, f"sends {photo.name} ({megabytes}) as a plain form, and has its id at once", send,
        so_that=lambda it: it["media"]["state"] == "PROCESSING",
    )  # fmt: skip
    return str(answer["media"]["id"])


async def _sent_by_graphql(tell: Teller, actor: Actor, photo: Photograph) -> str:
    operations = {"query": UPLOAD, "variables": {"input": {"file": None, "idempotencyKey": key()}}}
    fields = {"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.file"]})}

    async def send(client: httpx.AsyncClient) -> Answer:
        headers = {"GraphQL-Require-Preflight": "1"}
        sent = await client.post("/graphql", data=fields, files={"0": (photo.name, photo.data)}, headers=headers)
        return dict(sent.json()["data"])

    answer = await tell.sends(
        actor, f"sends {photo.name} by GraphQL", send, so_that=lambda it: not it["mediaUpload"]["errors"]
    )
    return str(answer["mediaUpload"]["media"]["id"])


async def _submitted(tell: Teller, place: Neighbourhood, actor: Actor, ids: list[str]) -> None:
    words = {"title": TITLE, "text": "今天在小区里拍的。", "tags": ["随手拍"], "mediaIds": ids}
    await tell.does(
        actor, "sends in a story with all three while they are still worked on", op.SUBMIT,
        input={"communityId": place.community_id, "idempotencyKey": key(), "kind": "PHOTOGRAPH", "content": words},
        so_that=lambda it: it["submissionCreate"]["submission"]["state"] == "PENDING_SCREENING",
    )  # fmt: skip


def told(image: Image.Image) -> list[str]:
    """What a picture's file says besides its pixels: EXIF, comments, profiles and whatever else has a place in it.

    By its structure: among the pixels themselves any letters may come about by chance.
    """
    segments = [name for name, _ in getattr(image, "applist", ()) if name != "APP0"]
    return sorted({*map(str, image.getexif()), *segments, *(str(name) for name in image.info if name not in _PLAIN)})


async def _looked_at(tell: Teller, actor: Actor, pictures: list[dict[str, Any]]) -> None:
    """Load every picture, and look for what must not be in it."""

    async def load(client: httpx.AsyncClient) -> Answer:
        found = []
        for picture in pictures:
            data = (await client.get(picture["large"])).content
            image = Image.open(io.BytesIO(data))
            found.append(
                {
                    "upright": (image.width > image.height) == (picture["width"] > picture["height"]),
                    "size": list(image.size),
                    "bytes": len(data),
                    "told": told(image),
                }
            )
        return {"pictures": found}

    await tell.sends(
        actor, "loads them: upright, small, and not a word of where they were taken", load,
        so_that=lambda it: all(one["upright"] and not one["told"] for one in it["pictures"]),
    )  # fmt: skip


async def _decided(tell: Teller, place: Neighbourhood) -> None:
    case = await next_case(tell, place, place.leader, TITLE)
    await tell.does(
        place.leader, "scores the pictures 3, 3, 4 and approves", op.APPROVE,
        input=decision(place, case, scores={"authenticity": 3, "usefulness": 3, "resonance": 4}),
        so_that=lambda it: it["submissionApprove"]["reviewCase"]["state"] == "DECIDED",
    )  # fmt: skip


async def _refused(tell: Teller, place: Neighbourhood) -> None:
    async def send(client: httpx.AsyncClient) -> Answer:
        files = {"photo": ("holiday.jpg", b"This is a text that calls itself a photograph.", "image/jpeg")}
        return dict((await client.post("/upload", files=files)).json())

    sent = await tell.sends(
        place.ming, "sends a text that calls itself holiday.jpg", send, so_that=lambda it: not it["errors"]
    )
    words = {"title": "假日", "text": "看图。", "tags": [], "mediaIds": [sent["media"]["id"]]}
    await tell.does(
        place.ming, "sends in a story with it", op.SUBMIT,
        input={"communityId": place.community_id, "idempotencyKey": key(), "kind": "PHOTOGRAPH", "content": words},
        so_that=lambda it: not it["submissionCreate"]["errors"],
    )  # fmt: skip
    await tell.sees(
        place.ming, "gets it back with the reason", SUBMITTED,
        communityId=place.community_id, within_s=READY_S,
        so_that=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "RETURNED"
        and "Picture 1" in it["mySubmissions"]["nodes"][0]["note"],
    )  # fmt: skip
