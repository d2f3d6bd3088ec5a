"""X over API v2: account figures and posts with their public metrics. Off unless switched on (docs/sources/x.md)."""
