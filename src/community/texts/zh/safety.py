"""Chinese texts about the screening and word lists."""

TEXTS = {
    "refusal.INVALID_INPUT.word_short": "词语至少要有一个汉字，或两个字母或数字。请修改。",
    "refusal.INVALID_INPUT.word_sound": "只有由常见汉字组成的词语才能按读音或首字母匹配。请去掉该选项。",
    "refusal.INVALID_INPUT.word_initials": "按首字母匹配的词语至少要有{min}个字。请去掉该选项。",
    "refusal.INVALID_INPUT.word_repeated": "该词语与词表中的第{number}个词语重复。请删除其中一个。",
    "refusal.INVALID_INPUT.word_line": "每行依次为词语、级别、类别和选项，用逗号分隔。请修改。",
    "refusal.INVALID_INPUT.word_options": "选项只有 sound 和 initials，用空格分隔。请修改。",
    "refusal.INVALID_INPUT.word_level": "级别只有 BLOCK、REVIEW 和 MASK。请修改。",
    "refusal.INVALID_INPUT.too_many_words": "词表最多有{max}个词语和例外，现在有{actual}个。请删除一些。",
    "refusal.STALE_VERSION.word_list": "词表在您读取之后已被修改。请重新加载后再编辑。",
    "screening.LISTED_WORD": "此处有词表中的词语（{category}）。",
    "screening.ABSOLUTE_CLAIM": "没有依据时，广告不得使用这样的绝对化用语。",
    "screening.PHONE_NUMBER": "此处有电话号码，公众看不到。",
    "screening.IDENTITY_NUMBER": "此处有身份证号码，公众看不到。",
    "screening.BANK_CARD": "此处有银行卡号，公众看不到。",
    "screening.CONTACT_ID": "此处有联系账号，公众看不到。",
    "screening.NEW_MEMBER": "作者是新成员，还没有通过的投稿。",
    "screening.MANY_REFUSALS": "作者的投稿在30天内有{refused}次未通过。",
    "screening.TOO_MANY_WORDS": "词表中的词语太多，无法全部显示。",
    "screening.CHECK_FAILED": "自动检查未能完成，请仔细查看。",
}
