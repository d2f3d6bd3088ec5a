"""Tokens that renew: what is known of them, where they are kept, and when they are renewed."""
