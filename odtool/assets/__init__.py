"""Files that are no tables: point clouds, rasters, vector data, archives, documents, images.

`inspect` reads one of them in constant memory and says what it is; `bundle` reads a folder with its descriptor.
"""
