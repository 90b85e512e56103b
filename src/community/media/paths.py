"""The paths of a picture's files in the store."""

from __future__ import annotations

from community.media.renditions import RENDITION_FORMATS

INCOMING_FOLDER = "incoming"


def build_incoming_path(original_name: str) -> str:
    """Return the path of the uploaded bytes. They are deleted after processing."""
    return f"{INCOMING_FOLDER}/{original_name}"


def build_original_path(original_name: str) -> str:
    """Return the path of the original without its metadata."""
    return f"kept/{original_name}"


def build_profile_path(original_name: str) -> str:
    """Return the path of the original's colour profile."""
    return f"kept/{original_name}.icc"


def build_rendition_path(name: str, file: str) -> str:
    """Return the path of a rendition. `file` is its name, such as `480.webp`."""
    return f"shown/{name}/{file}"


def list_processed_paths(*, name: str, original_name: str) -> list[str]:
    """Return the paths of all files that processing writes."""
    return [
        build_original_path(original_name),
        build_profile_path(original_name),
        *(build_rendition_path(name, file) for file in RENDITION_FORMATS),
    ]
