"""Rules for every text that a person or a service gives.

| text | function | stored form |
|---|---|---|
| of one line: a name, title or reference | `normalise_text` | NFC |
| of several lines | `normalise_multiline_text` | NFC, lines end with a line feed, directions closed |
| compared with others: a tag | `fold` | NFKC, no case, nothing invisible |
| a program's reference | `normalise_reference` | NFKC, nothing invisible |
| compared for imitation | `compute_skeleton` | not stored |
| typed code | `normalise_code` of `kernel/codes.py` | capitals and digits |

Lengths are grapheme clusters, the characters that people see. An emoji sequence counts as one.
"""

from community.kernel.texts.forms import build_excerpt, count_characters, normalise_multiline_text, normalise_text
from community.kernel.texts.keys import compute_skeleton, fold, fold_reference, normalise_reference

__all__ = [
    "build_excerpt",
    "compute_skeleton",
    "count_characters",
    "fold",
    "fold_reference",
    "normalise_multiline_text",
    "normalise_reference",
    "normalise_text",
]
