"""A simulated world with known truth, and the platforms' dialects over it."""
