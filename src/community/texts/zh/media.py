"""Chinese texts about pictures."""

TEXTS = {
    "refusal.MEDIA_REFUSED": "其中一张图片无法使用。请删除或重新上传。",
    "refusal.TOO_MANY_UPLOADS": "您有太多未使用的图片。请先使用，或等一天后自动删除。",
    "refusal.UPLOAD_EMPTY": "文件是空的。请重新上传。",
    "refusal.NOT_FOUND.picture": "您没有这张图片。请重新上传。",
    "refusal.INVALID_INPUT.too_many_pictures": "最多 {max} 张图片，现有 {actual} 张。请减少图片。",
    "refusal.TRY_AGAIN.pictures": "暂时无法读取图片。请稍后重试。",
    "no_file.picture": "没有这张图片，或已删除。请刷新页面。",
    "media_refusal.not_an_image": "这不是 JPEG、PNG、WebP、GIF 或 HEIC 图片。请上传其中一种格式。",
    "media_refusal.broken": "这张图片已损坏或不完整。请重新上传。",
    "media_refusal.too_many_pixels": "这张图片像素过多。请缩小到 2400 万像素以内。",
    "media_refusal.too_many_frames": "这段动画太长。请上传静态图片。",
    "media_refusal.too_complex": "这张图片无法处理。请重新拍摄，或另存为其他格式。",
}
