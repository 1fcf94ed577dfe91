"""From nothing, or from a lab that is up, to a lab that serves."""
