"""A rehearsal: the smallest lab, created, looked at from all sides, and removed again."""
