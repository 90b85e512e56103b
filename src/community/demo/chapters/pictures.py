"""The chapter about photographs and their renditions."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from community.demo import operations, photographs, review_operations
from community.demo.photographs import Photograph
from community.demo.scenario import Actor, ResponseData, ScenarioRunner
from community.demo.steps import Neighbourhood, build_decision, build_input, generate_key, wait_for_case

MAX_PROCESSING_S = 15.0
TITLE = "小区三景"
COPY_TITLE = "我拍的照片"
_HARMLESS_KEYS = frozenset({"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "background", "loop"})


async def play(runner: ScenarioRunner, place: Neighbourhood, *, folder: Path | None = None) -> None:
    """Play the chapter with the photographs of `folder`, or with drawn ones.

    Raises StepFailed at the first failed step, and FileNotFoundError if the folder has no photographs.
    """
    photos = photographs.draw_photographs(3) if folder is None else photographs.load_folder(folder, 3)
    runner.begin_chapter("Photographs are uploaded from a phone")
    author = place.second_leader
    ids = [await upload_by_form(runner, author, photo) for photo in photos[:2]]
    ids.append(await _upload_by_graphql(runner, author, photos[2]))
    await runner.run_step(
        author, "submits all three while they are still being processed", operations.SUBMIT,
        input=build_submission(place, title=TITLE, text="今天在小区里拍的。", tags=["随手拍"], media_ids=ids),
        check=lambda it: it["submissionCreate"]["submission"]["state"] == "PENDING_SCREENING",
    )  # fmt: skip
    seen = await runner.wait_for(
        author, "sees all three processed, and the submission in review", operations.MY_LATEST_MEDIA,
        communityId=place.community_id, within_s=MAX_PROCESSING_S,
        check=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "IN_REVIEW"
        and all(media["state"] == "READY" for media in it["mySubmissions"]["nodes"][0]["latest"]["media"]),
    )  # fmt: skip
    await _check_renditions(runner, place.ming, seen["mySubmissions"]["nodes"][0]["latest"]["media"])
    case = await wait_for_case(runner, place, place.leader, TITLE)
    await runner.run_step(
        place.leader, "approves the photographs with the scores 3, 3, 4", operations.APPROVE,
        input=build_decision(case, scores={"authenticity": 3, "usefulness": 3, "resonance": 4}),
        check=lambda it: it["submissionApprove"]["reviewCase"]["state"] == "DECIDED",
    )  # fmt: skip
    await runner.run_step(
        author, "uses one of them as the avatar", operations.SET_AVATAR,
        input={"mediaId": ids[1]},
        check=lambda it: it["personSetAvatar"]["person"]["avatar"]["state"] == "READY",
    )  # fmt: skip
    await _submit_unusable(runner, place)
    await _submit_copy(runner, place, photos[0])


async def upload_by_form(runner: ScenarioRunner, actor: Actor, photo: Photograph) -> str:
    """Upload a photograph as a plain form, and return its id."""

    async def send(client: httpx.AsyncClient) -> ResponseData:
        sent = await client.post("/upload", files={"photo": (photo.name, photo.data)})
        return dict(sent.json())

    megabytes = f"{len(photo.data) / 1e6:.1f} MB"
    data = await runner.run_call(
        actor, f"uploads {photo.name} ({megabytes}) as a plain form and immediately gets its id", send,
        check=lambda it: it["media"]["state"] == "PROCESSING",
    )  # fmt: skip
    return str(data["media"]["id"])


async def _upload_by_graphql(runner: ScenarioRunner, actor: Actor, photo: Photograph) -> str:
    operation = {
        "query": operations.UPLOAD,
        "variables": {"input": {"file": None, "idempotencyKey": generate_key()}},
    }
    fields = {"operations": json.dumps(operation), "map": json.dumps({"0": ["variables.input.file"]})}

    async def send(client: httpx.AsyncClient) -> ResponseData:
        headers = {"GraphQL-Require-Preflight": "1"}
        sent = await client.post("/graphql", data=fields, files={"0": (photo.name, photo.data)}, headers=headers)
        return dict(sent.json()["data"])

    data = await runner.run_call(
        actor, f"uploads {photo.name} through GraphQL", send, check=lambda it: not it["mediaUpload"]["errors"]
    )
    return str(data["mediaUpload"]["media"]["id"])


def build_submission(
    place: Neighbourhood, *, title: str, text: str, tags: list[str], media_ids: list[str]
) -> dict[str, Any]:
    """Build the input of a submission with photographs."""
    content = {"title": title, "text": text, "tags": tags, "mediaIds": media_ids}
    return build_input(place, kind="PHOTOGRAPH", content=content)


def list_metadata(image: Image.Image) -> list[str]:
    """List the names of an image's metadata.

    These are EXIF tags, comments, profiles and other segments. The structure of the
    file decides, because its pixels may contain the letters of a name by chance.
    """
    segments = [name for name, _ in getattr(image, "applist", ()) if name != "APP0"]
    return sorted(
        {*map(str, image.getexif()), *segments, *(str(name) for name in image.info if name not in _HARMLESS_KEYS)}
    )


async def _check_renditions(runner: ScenarioRunner, actor: Actor, pictures: list[dict[str, Any]]) -> None:
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
                    "metadata": list_metadata(image),
                }
            )
        return {"pictures": found}

    await runner.run_call(
        actor, "loads the photographs: upright, small, and without metadata such as the place", load,
        check=lambda it: all(picture["upright"] and not picture["metadata"] for picture in it["pictures"]),
    )  # fmt: skip


async def _submit_unusable(runner: ScenarioRunner, place: Neighbourhood) -> None:
    async def send(client: httpx.AsyncClient) -> ResponseData:
        files = {"photo": ("holiday.jpg", b"This is a text that calls itself a photograph.", "image/jpeg")}
        return dict((await client.post("/upload", files=files)).json())

    sent = await runner.run_call(
        place.ming, "uploads a text file with the name holiday.jpg", send, check=lambda it: not it["errors"]
    )
    await runner.run_step(
        place.ming, "submits the file as a photograph", operations.SUBMIT,
        input=build_submission(place, title="假日", text="看图。", tags=[], media_ids=[sent["media"]["id"]]),
    )  # fmt: skip
    await runner.wait_for(
        place.ming, "sees it returned, with the reason", operations.MY_LATEST_MEDIA,
        communityId=place.community_id, within_s=MAX_PROCESSING_S,
        check=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "RETURNED"
        and "第 1 张图片" in it["mySubmissions"]["nodes"][0]["note"],
    )  # fmt: skip


async def _submit_copy(runner: ScenarioRunner, place: Neighbourhood, photo: Photograph) -> None:
    runner.begin_chapter("A photograph of another member is submitted again")
    media_id = await upload_by_form(runner, place.ming, photo)
    await runner.run_step(
        place.ming, "submits it as his own", operations.SUBMIT,
        input=build_submission(place, title=COPY_TITLE, text="今天拍的。", tags=[], media_ids=[media_id]),
    )  # fmt: skip
    found = await runner.wait_for(
        place.leader, "sees the earlier photograph beside the copy", review_operations.CASES,
        communityId=place.community_id, kinds=["REVISION"], within_s=MAX_PROCESSING_S,
        check=lambda it: it["reviewQueue"]["nodes"][0]["submission"]["latest"]["title"] == COPY_TITLE
        and _is_copy(it["reviewQueue"]["nodes"][0]["pictureFindings"][0]),
    )  # fmt: skip
    await runner.run_step(
        place.leader, "rejects the copy", operations.REJECT,
        input=build_decision(found["reviewQueue"]["nodes"][0], reason="这张照片是赵叔拍的。"),
        check=lambda it: it["submissionReject"]["reviewCase"]["decision"]["verdict"] == "REJECTED",
    )  # fmt: skip


def _is_copy(finding: ResponseData) -> bool:
    """Return True for the same file of another member that was submitted earlier."""
    is_earlier = finding["isEarlier"] and not finding["isOwn"] and finding["kind"] == "EXACT"
    return is_earlier and finding["otherSubmission"]["published"]["title"] == TITLE
