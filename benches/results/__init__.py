"""Runs behind docs/RESULTS.md and the writer of it; started by benches/results.py."""
