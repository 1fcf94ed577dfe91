"""This machine: what must be installed, what is built, and the emulator's process."""
