"""Instagram professional accounts over the Graph API: account figures, media, lifetime and daily insights."""
