"""Sentences about pictures for people."""

from __future__ import annotations

from community.kernel.enumerations import require_each
from community.media.models import MediaRefusal

REFUSAL_SENTENCES = {
    MediaRefusal.NOT_AN_IMAGE: "This is not a JPEG, PNG, WebP, GIF or HEIC picture. Upload one of these.",
    MediaRefusal.BROKEN: "This picture is damaged or incomplete. Upload it again.",
    MediaRefusal.TOO_MANY_PIXELS: "This picture has too many pixels. Make it smaller: at most 24 million pixels.",
    MediaRefusal.TOO_MANY_FRAMES: "This animation is too long. Upload a still picture.",
    MediaRefusal.TOO_COMPLEX: "This picture cannot be processed. Take it again or save it in another format.",
}
require_each(MediaRefusal, REFUSAL_SENTENCES)
