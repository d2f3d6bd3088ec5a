"""Facebook Pages over the Graph API: page figures, posts with their lifetime metrics, daily page insights."""
