"""What the lab asks of AWS whatever it is about: clients, stacks, buckets, and what a refusal means."""
