"""Threads over its Graph API: account figures, posts, lifetime and daily insights, replies."""
