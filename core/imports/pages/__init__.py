"""A batch as its pages show it, from rows to what the templates take."""
