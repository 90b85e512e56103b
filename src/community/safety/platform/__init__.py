"""The checks of texts and pictures by WeChat.

A text is answered immediately. A picture is asked for, and WeChat pushes the answer within 30 minutes. No answer, and
every answer that is not clear, asks for a leader's view.

    answers.py    the parts of a text, and the judgement of an answer; pure
    messages.py   the signature, decryption and form of a pushed message; pure
    calls.py      the two calls of WeChat
    checks.py     `start`, `list_results`, and the end of a check
    callbacks.py  a pushed message
"""
