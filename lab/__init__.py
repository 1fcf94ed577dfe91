"""What the verbs of deploy.sh do in an account: Amazon's, or the emulated one on this machine."""
