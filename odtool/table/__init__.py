"""Bytes ↔ cells: encodings, workbooks, records, what stands among the data and is none."""
