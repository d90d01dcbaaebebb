#!/bin/sh
# Prints the path of Chromium, and installs Debian's when there is none. CHROMIUM=path is used as given.
# Start it with --no-sandbox as root, --headless, and a fresh --user-data-dir.
set -eu

find_it() {
  if [ -n "${CHROMIUM:-}" ]; then command -v "$CHROMIUM"; else command -v chromium; fi
}

if ! find_it >/dev/null; then
  if [ -n "${CHROMIUM:-}" ]; then
    echo "$CHROMIUM is not here" >&2
    exit 1
  fi
  "$(dirname "$0")/../debian.sh" chromium
fi
find_it
