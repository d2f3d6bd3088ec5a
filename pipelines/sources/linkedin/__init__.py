"""LinkedIn pages over the Community Management API: posts with organic statistics, days, followers, comments."""
