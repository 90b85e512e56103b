"""Consent documents, consents and guardians."""
