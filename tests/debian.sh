#!/bin/sh
# Installs packages of Debian, as root: tests/debian.sh PACKAGE...
# Stages run side by side and apt serves one caller at a time, so each waits for its turn.
set -eu
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "install these, or run as root on Debian: $*" >&2
  exit 1
fi
exec 9>"${TMPDIR:-/tmp}/egressc-apt.lock"
flock 9
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2
apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 "$@" >&2
