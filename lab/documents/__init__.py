"""What a lab costs, what each verb must be allowed to do, and what is handed in."""
