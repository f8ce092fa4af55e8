"""What happened: its entries, where they are kept, and what became of files."""
