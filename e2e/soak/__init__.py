"""Leadline under load and churn for as long as you like: python -m e2e.soak --minutes 30."""
