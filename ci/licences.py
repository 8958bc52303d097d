"""Holds the licences and sources of all that is built in against deny.toml, offline: for machines without
cargo-deny, which takes minutes to build. Usage: ci/licences.py"""

import json
import re
import subprocess
import sys
import tomllib

REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def allows(allowed, expression):
    """Whether an SPDX expression (or Cargo's older A/B) can be fulfilled by these licences."""

    def word(match):
        name = match[0]
        return {"AND": "and", "OR": "or"}.get(name, str(name in allowed))

    # An exception only ever gives more rights.
    expression = re.sub(r" WITH [\w.-]+", "", expression).replace("/", " OR ")
    return eval(re.sub(r"[\w.+-]+", word, expression))


def main():
    with open("deny.toml", "rb") as file:
        licences = tomllib.load(file)["licenses"]
    exceptions = {entry["crate"]: entry["allow"] for entry in licences.get("exceptions", [])}
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--all-features"]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    wrong = []
    # What tests and benches alone need is not handed on to anybody, and yet is held to the same.
    for package in metadata["packages"]:
        name = f"{package['name']} {package['version']}"
        allowed = licences["allow"] + exceptions.get(package["name"], [])
        if not allows(allowed, package["license"] or "none"):
            wrong.append(f"{name}: {package['license']}")
        if package["source"] not in (None, REGISTRY):
            wrong.append(f"{name}: from {package['source']}")
    unused = set(exceptions) - {package["name"] for package in metadata["packages"]}
    wrong += [f"deny.toml: an exception for {name}, which is not there" for name in sorted(unused)]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(metadata['packages'])} packages, all as deny.toml allows")


main()
