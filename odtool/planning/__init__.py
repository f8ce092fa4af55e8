"""Offers and what a portal holds → a plan. Values only: nothing is asked and nothing is written here."""
