"""What is published, valid and fresh: per municipality and dataset, today and over time."""
