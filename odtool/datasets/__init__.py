"""What the national datasets are, and which of them a table is."""
