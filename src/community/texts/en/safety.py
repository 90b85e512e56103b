"""English texts about the screening and word lists."""

TEXTS = {
    "refusal.INVALID_INPUT.word_short": "A listed word has one Chinese character, or two letters or digits. Change it.",
    "refusal.INVALID_INPUT.word_sound": "Sound and initials are for words of known Chinese characters only. Leave them out.",
    "refusal.INVALID_INPUT.word_initials": "Initials need a word of at least {min} characters. Leave them out.",
    "refusal.INVALID_INPUT.word_repeated": "This word repeats word {number} of the list. Remove one of them.",
    "refusal.INVALID_INPUT.word_line": "A line is a word, level, category and options, separated by commas. Change it.",
    "refusal.INVALID_INPUT.word_options": "The options are sound and initials, separated by a space. Change them.",
    "refusal.INVALID_INPUT.word_level": "The level is BLOCK, REVIEW or MASK. Change it.",
    "refusal.INVALID_INPUT.too_many_words": "A list has at most {max} words and exceptions, not {actual}. Remove some.",
    "refusal.STALE_VERSION.word_list": "The list was changed since you read it. Reload it and edit again.",
    "screening.LISTED_WORD": "There is a listed word here ({category}).",
    "screening.ABSOLUTE_CLAIM": "Advertisements may not claim this without proof.",
    "screening.PHONE_NUMBER": "There is a telephone number here. The public does not see it.",
    "screening.IDENTITY_NUMBER": "There is an identity number here. The public does not see it.",
    "screening.BANK_CARD": "There is a bank card number here. The public does not see it.",
    "screening.CONTACT_ID": "There is a contact id here. The public does not see it.",
    "screening.NEW_MEMBER": "The author is new here and has no approved submission yet.",
    "screening.MANY_REFUSALS": "Submissions of the author were refused {refused} times in 30 days.",
    "screening.TOO_MANY_WORDS": "There are too many listed words to show them all.",
    "screening.CHECK_FAILED": "An automatic check failed. Please look closely.",
}
