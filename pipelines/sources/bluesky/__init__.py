"""Bluesky over the AT Protocol: account figures, posts with their counters, replies (docs/sources/bluesky.md)."""
