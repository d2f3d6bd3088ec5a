"""Charts: frames of the published tables in, a picture with its words and its table out. Pure functions, no I/O."""
