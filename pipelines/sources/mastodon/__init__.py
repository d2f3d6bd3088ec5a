"""Mastodon and servers that speak as it does: account figures, posts with their counters, replies."""
