"""Chinese texts about pictures."""

TEXTS = {
    "refusal.MEDIA_REFUSED": "其中一张图片无法使用。请删除或重新上传。",
    "refusal.TOO_MANY_UPLOADS": "您有太多未使用的图片。请先使用，或等一天后自动删除。",
    "refusal.TOO_MANY_UPLOADS.limit": "您有 {actual} 张未使用的图片，上限 {max} 张。请先使用，或等待自动删除。",
    "refusal.TOO_MANY_AT_ONCE": "同时上传的图片太多。请几秒后重试。",
    "refusal.TOO_MANY_AT_ONCE.limit": "最多同时上传 {max} 张图片。请几秒后重试。",
    "refusal.UPLOAD_TOO_LARGE": "文件太大。请上传较小的副本。",
    "refusal.UPLOAD_TOO_LARGE.limit": "文件有 {actual} MB，最多 {max} MB。请上传较小的副本。",
    "refusal.STORAGE_FULL": "没有空间保存更多图片。请先删除一些。",
    "refusal.STORAGE_FULL.person": "您的图片已占用 {actual} MB，上限 {max} MB。请撤回不再需要图片的投稿。",
    "refusal.STORAGE_FULL.community": "社区的图片已占用 {actual} MB，上限 {max} MB。请不带新图片发送，并告知团长。",
    "refusal.UPLOAD_EMPTY": "文件是空的。请重新上传。",
    "refusal.NOT_FOUND.picture": "您没有这张图片。请重新上传。",
    "refusal.INVALID_INPUT.too_many_pictures": "最多 {max} 张图片，现有 {actual} 张。请减少图片。",
    "refusal.TRY_AGAIN.pictures": "暂时无法读取图片。请稍后重试。",
    "no_file.picture": "没有这张图片，或已删除。请刷新页面。",
    "media_refusal.not_an_image": "这不是 JPEG、PNG、WebP、GIF、HEIC 或 AVIF 图片。请上传其中一种格式。",
    "media_refusal.broken": "这张图片已损坏或不完整。请重新上传。",
    "media_refusal.too_many_pixels": (
        "这张图片像素过多。请把相机设为 JPEG 格式，或不超过 {camera} 百万像素，也可以上传缩小的副本。"
        "WebP、AVIF 和透明图片不超过 {web} 百万像素。"
    ),
    "media_refusal.too_many_frames": "这段动画太长。请上传静态图片。",
    "media_refusal.rare_coding": "这张 JPEG 采用少见的编码，浏览器无法显示。请另存为普通 JPEG 后再上传。",
    "media_refusal.too_complex": "这张图片无法处理。请重新拍摄，或另存为其他格式。",
}
