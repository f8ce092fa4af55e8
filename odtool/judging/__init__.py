"""A file → its report. `check.check` tells the story of one file, `batch` of many."""
