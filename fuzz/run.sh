#!/usr/bin/env bash
# libFuzzer over the targets, with stable Rust: fuzz/run.sh MINUTES [TARGET...]. What it finds is in target/fuzz/found.
set -euo pipefail
cd "$(dirname "$0")"
seconds=$(($1 * 60))
shift
targets=("$@")
if [ $# -eq 0 ]; then
  for file in fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

host=$(rustc -vV | sed -n 's/^host: //p')
out=$(realpath ..)/target/fuzz
# As `cargo fuzz --sanitizer none` has it: counters of what is reached, and the values of comparisons. With --target the flags
# are not those of build scripts.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
cargo build --quiet --release --locked --target "$host" --target-dir "$out"

status=0
for target in "${targets[@]}"; do
  mkdir -p "$out/corpus/$target" "$out/found"
  echo "$target: $seconds s"
  # An input is a find, too, if it takes longer than 20 s or more than 2 GB.
  "$out/$host/release/$target" "$out/corpus/$target" "corpus/$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
    -max_len=4096 -print_final_stats=1 -artifact_prefix="$out/found/$target-" >"$out/$target.log" 2>&1 || status=1
  grep -E '^stat::(number_of_executed_units|slowest_unit|peak_rss)|SUMMARY|panicked' "$out/$target.log" || true
done
exit "$status"
