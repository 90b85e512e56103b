"""Notices: the inbox of a member."""
