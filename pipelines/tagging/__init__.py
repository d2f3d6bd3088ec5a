"""Suggesting goals for posts: a small text classifier that learns from the institution's own labels.

Texts and labels in, probabilities out; no I/O. What it says is a suggestion that a person confirms: no model of the
warehouse reads it, and no KPI rests on it. scikit-learn is the extra `suggest` and is imported only where it is used.
"""
