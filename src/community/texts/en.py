"""Texts in English."""

from __future__ import annotations

TEXTS = {
    "media_refusal.not_an_image": "This is not a JPEG, PNG, WebP, GIF or HEIC picture. Upload one of these.",
    "media_refusal.broken": "This picture is damaged or incomplete. Upload it again.",
    "media_refusal.too_many_pixels": "This picture has too many pixels. Make it smaller: at most 24 million pixels.",
    "media_refusal.too_many_frames": "This animation is too long. Upload a still picture.",
    "media_refusal.too_complex": "This picture cannot be processed. Take it again or save it in another format.",
    "review.refused_picture": "Picture {number}: {sentence}",
    "retention.login_attempts": "to slow down guessing, by keyed digests of addresses and person ids alone",
    "retention.used_refresh_tokens": "to notice a copied token, for which the last used one stays with its session",
    "retention.ended_sessions": "to show a person their logins, and to notice a stolen token",
    "retention.guardian_codes": "a code is valid for a day",
    "retention.withdrawn_consents": "to prove what was agreed to before the withdrawal",
    "retention.export_archives": "until the expiry that the person was shown",
    "retention.interrupted_exports": "unfinished files of a killed process, which cannot be downloaded",
    "retention.export_records": "to prove that the request was answered",
    "retention.erasure_records": "to prove that the request was carried out, without a name",
    "retention.idempotency_keys": "to keep a repeated call from acting twice",
    "retention.finished_effects": "to examine what was done if something went wrong",
    "retention.words_of_withdrawn_and_removed_submissions": "to answer complaints and appeals about them",
}
"""The texts by key. `zh.py` has the same keys and fields."""
