"""A package, so that a benchmark of the same name does not stand in its place."""
