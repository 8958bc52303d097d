"""The measurements behind the section "Speed" of docs/RESULTS.md; started by benches/speed.py."""
