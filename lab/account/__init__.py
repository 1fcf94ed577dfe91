"""What an account must have, and what it does not take, before anything is created."""
