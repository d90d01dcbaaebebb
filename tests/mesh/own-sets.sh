#!/usr/bin/env bash
# Generated objects of the user's own: check against reach, then a sample of them on real proxies.
# tests/mesh/own-sets.sh [SETS] [SAMPLE] [SEED]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sets=${1:-50000} sample=${2:-500} seed=${3:-1}
cd "$here/../.."
cargo build --locked --release -p egressc -p egressc-tests --bins
wrong=0
target/release/own_sets --sets "$sets" --seed "$seed" || wrong=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Other sets than those of every run of the lab.
target/release/own_sets --emit "$folder" --sample "$sample" --seed "$seed" --first 1000
EGRESSC=target/release/egressc EGRESSC_OUTCOMES=target/release/outcomes "$here/run.sh" "$folder" --quiet || wrong=1
exit $wrong
