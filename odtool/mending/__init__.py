"""A file → its copy: mended, or in another edition. `copies` tells the story."""
