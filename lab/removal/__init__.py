"""The end of a lab, and what may be left of it."""
