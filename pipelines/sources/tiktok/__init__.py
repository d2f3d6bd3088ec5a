"""TikTok: own videos over the Display API; reach, days and comments over the Business API. Off unless switched on."""
