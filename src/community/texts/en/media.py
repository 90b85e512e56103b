"""English texts about pictures."""

TEXTS = {
    "refusal.MEDIA_REFUSED": "One of these pictures cannot be used. Remove it or upload another one.",
    "refusal.TOO_MANY_UPLOADS": "You have too many unused pictures. Use them, or wait a day until they are deleted.",
    "refusal.TOO_MANY_UPLOADS.limit": (
        "You have {actual} unused pictures, and at most {max} are possible. Use them, or wait until they are deleted."
    ),
    "refusal.TOO_MANY_AT_ONCE": "Too many uploads are running. Try again in a few seconds.",
    "refusal.TOO_MANY_AT_ONCE.limit": "At most {max} uploads can run at a time. Try again in a few seconds.",
    "refusal.UPLOAD_TOO_LARGE": "This file is too large. Send a smaller copy.",
    "refusal.UPLOAD_TOO_LARGE.limit": "This file has {actual} MB. At most {max} MB are possible. Send a smaller copy.",
    "refusal.STORAGE_FULL": "There is no space for further pictures. Delete some first.",
    "refusal.STORAGE_FULL.person": (
        "Your pictures already take {actual} MB of {max} MB. Withdraw posts whose pictures you no longer need."
    ),
    "refusal.STORAGE_FULL.community": (
        "The community's pictures take {actual} MB of {max} MB. Send it without new pictures, and tell a leader."
    ),
    "refusal.UPLOAD_EMPTY": "This file is empty. Upload it again.",
    "refusal.NOT_FOUND.picture": "You have no such picture. Upload it again.",
    "refusal.INVALID_INPUT.too_many_pictures": "At most {max} pictures are possible, not {actual}. Remove some.",
    "refusal.TRY_AGAIN.pictures": "Pictures are not available right now. Try again in a moment.",
    "no_file.picture": "There is no such picture, or it was deleted. Reload the page.",
    "media_refusal.not_an_image": "This is not a JPEG, PNG, WebP, GIF, HEIC or AVIF picture. Upload one of these.",
    "media_refusal.broken": "This picture is damaged or incomplete. Upload it again.",
    "media_refusal.too_many_pixels": (
        "This picture has too many pixels. Set your camera to JPEG or to at most {camera} megapixels, or send a smaller"
        " copy. A WebP, an AVIF and a transparent picture may have {web} megapixels."
    ),
    "media_refusal.too_many_frames": "This animation is too long. Upload a still picture.",
    "media_refusal.rare_coding": (
        "This JPEG is written in a rare form that browsers cannot show. Save it as an ordinary JPEG and upload that."
    ),
    "media_refusal.too_complex": "This picture cannot be processed. Take it again or save it in another format.",
}
