#!/usr/bin/env bash
# Makes the packages and holds them to the shared cases: the jar on the JVM, the gem in a clean GEM_HOME; of Swift the
# form. Needs what package.sh needs, a C compiler, and Python 3.9 or later.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export EGRESSC_ANSWERS=$work/answers
"$(../tests/programs.sh)/examples/answers" "$EGRESSC_ANSWERS"

./package.sh verify
# A skipped test is a failed one.
grep -q '<skipped>0</skipped>' dist/kotlin/target/failsafe-reports/failsafe-summary.xml

(
  export GEM_HOME=$work/gems
  gem install --local --silent --no-document dist/egressc-*.gem
  ruby -w -e 'ARGV.each { |test| require File.expand_path(test) }' tests/ruby/*_test.rb | tee "$work/ruby"
)
grep -q ' 0 skips$' "$work/ruby"

# The header that Swift imports, in a C program that calls the library by it.
# The words in front of which stand `-D` are Clang's.
cc -std=c11 -D_Nullable= -D_Nonnull= -Wall -Wextra -Werror -Wno-unused-function -I dist/swift/Sources/EgresscFFI tests/swift/header.c \
  -L dist/swift/lib -legressc_uniffi -Wl,-rpath,"$PWD/dist/swift/lib" -o "$work/header"
"$work/header"

# The tools: built anew only when their lock changes.
if ! cmp -s tests/swift/requirements.txt .venv/requirements.txt; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r tests/swift/requirements.txt
  cp tests/swift/requirements.txt .venv/requirements.txt
fi
.venv/bin/python tests/swift/form.py dist/swift examples/Combined.swift
