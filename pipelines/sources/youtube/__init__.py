"""YouTube: channels and videos over the Data API v3, days over the Analytics API v2."""
