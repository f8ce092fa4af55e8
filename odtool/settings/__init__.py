"""odtool.toml: what it states of portals, checked, and what is known of them without it."""
