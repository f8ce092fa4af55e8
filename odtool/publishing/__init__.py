"""A plan → what is published, read back. `flow` tells the story from files to the ledger."""
