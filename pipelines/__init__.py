"""Syfte: goal-driven engagement analytics for public institutions. The tree is described in `docs/architecture.md`."""

__version__ = "0.1.0"
