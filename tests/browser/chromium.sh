#!/bin/sh
# Prints the path of Chromium, and installs Debian's when there is none. CHROMIUM=path is used as given.
# Start it with --no-sandbox as root, --headless, and a fresh --user-data-dir.
set -eu

find_it() {
  if [ -n "${CHROMIUM:-}" ]; then command -v "$CHROMIUM"; else command -v chromium; fi
}

if ! find_it >/dev/null; then
  if [ -n "${CHROMIUM:-}" ] || ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "no Chromium here: install it, or set CHROMIUM to where it is" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 chromium >&2
fi
find_it
