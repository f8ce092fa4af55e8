"""odtool – check, publish and keep track of Japanese municipal open data."""

__version__ = "0.1.0"
