"""Puts what a command prints between the marks of a section: section.py FILE MARK COMMAND..."""
import pathlib
import subprocess
import sys

path, mark, command = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
text = path.read_text(encoding="utf-8")
before, rest = text.split(f"<!-- {mark} -->\n")
_, after = rest.split(f"<!-- /{mark} -->")
path.write_text(f"{before}<!-- {mark} -->\n{printed}\n<!-- /{mark} -->{after}", encoding="utf-8")
