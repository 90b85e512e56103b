"""Export, erasure and retention of personal data.

Every room that keeps personal data contributes a `Part`.
"""
