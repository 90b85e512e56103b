"""Texts in Chinese."""

from __future__ import annotations

TEXTS = {
    "media_refusal.not_an_image": "这不是 JPEG、PNG、WebP、GIF 或 HEIC 图片。请上传其中一种格式。",
    "media_refusal.broken": "这张图片已损坏或不完整。请重新上传。",
    "media_refusal.too_many_pixels": "这张图片像素过多。请缩小到 2400 万像素以内。",
    "media_refusal.too_many_frames": "这段动画太长。请上传静态图片。",
    "media_refusal.too_complex": "这张图片无法处理。请重新拍摄，或另存为其他格式。",
    "review.refused_picture": "第 {number} 张图片：{sentence}",
    "retention.login_attempts": "防止撞库；只保存地址和用户编号的密钥摘要",
    "retention.used_refresh_tokens": "识别被复制的令牌；每个会话最近用过的一个随会话保留",
    "retention.ended_sessions": "供本人查看登录记录、识别被盗用的令牌",
    "retention.guardian_codes": "有效期一天，过期无用",
    "retention.withdrawn_consents": "证明同意存续期间的授权",
    "retention.export_archives": "保存至告知本人的下载期限",
    "retention.interrupted_exports": "进程中断留下的文件，无人可以下载",
    "retention.export_records": "证明已答复查阅、复制请求",
    "retention.erasure_records": "证明已执行删除请求；不含身份信息",
    "retention.idempotency_keys": "避免重复请求重复执行",
    "retention.finished_effects": "出现问题时核对处理过程",
    "retention.words_of_withdrawn_and_removed_submissions": "处理与之有关的投诉和申诉",
}
"""The texts by key. `en.py` has the same keys and fields."""
