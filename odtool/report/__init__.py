"""What a check found, shown: as text, JSON, CSV or a page."""
