#!/usr/bin/env bash
# The real clients of the protocols, each in an environment of its own below a folder: what is there in
# this version stays. Needs Python from 3.10 on, and the package index.
set -euo pipefail

folder=$1
mkdir -p "$folder"
for client in airbyte==0.71.3 singer-tools==0.4.1 target-jsonl==0.1.4 meltanolabs-target-csv==0.5.0; do
  place="$folder/${client%%==*}"
  if [ "$(cat "$place/installed" 2>/dev/null)" != "$client" ]; then
    rm -rf "$place"
    python3 -m venv "$place"
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check "$client"
    echo "$client" >"$place/installed"
  fi
done
