#!/usr/bin/env bash
# What the change from BASE to HEAD opens, closes and reroutes, as Markdown: egress-diff.sh BASE HEAD PATH... [-- OPTION...]
# PATHs are the folders and files with all policies of the mesh and what describes it, from the top of the repository.
# OPTIONs are those of `egressc diff`, for instance `-- --fail-on widened`. The exit status is that of `egressc diff`.
set -euo pipefail

fail() { echo "error: $1" >&2; exit 2; }
[ $# -ge 3 ] || fail "usage: egress-diff.sh BASE HEAD PATH... [-- OPTION...]"
cd "$(git rev-parse --show-toplevel)"
head=$(git rev-parse --verify --quiet --end-of-options "$2^{commit}") || fail "no revision $2"
base=$(git rev-parse --verify --quiet --end-of-options "$1^{commit}") || fail "no revision $1"
# What the base branch did since they parted is not this change's.
base=$(git merge-base "$base" "$head") || fail "$1 and $2 have no common ancestor here; fetch the whole history"
shift 2
paths=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do paths+=("$1"); shift; done
[ "${#paths[@]}" -gt 0 ] || fail "PATH is missing"
[ $# -eq 0 ] || shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The files as they were committed: `git archive` would leave out what .gitattributes of the change itself tells it to.
# Links become files that are no policies, so that nothing outside of the repository is read.
files_of() {
  mkdir "$work/$2"
  GIT_INDEX_FILE=$work/index git read-tree "$1"
  GIT_INDEX_FILE=$work/index git --literal-pathspecs ls-files -z -- "${paths[@]}" >"$work/files"
  GIT_INDEX_FILE=$work/index git -c core.symlinks=false checkout-index -z --stdin --prefix="$work/$2/" <"$work/files"
  rm "$work/index"
}
files_of "$base" base
files_of "$head" head
for path in "${paths[@]}"; do
  [ -e "$work/base/$path" ] || [ -e "$work/head/$path" ] || fail "$path is in neither revision"
done
cd "$work"
egressc diff base head --format markdown --color never "$@"
