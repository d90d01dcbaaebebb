#!/usr/bin/env bash
# Makes the packages in dist: egressc-<version>.jar with its .pom, egressc-<version>-<platform>.gem, the folder swift.
# Arguments are for Maven, instead of `package` without tests. Needs Rust, Java 11 or later with Maven, and Ruby;
# as root on Debian it installs what is missing of the latter two.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
command -v java mvn >/dev/null || missing+=(default-jdk-headless maven)
ruby -e 'require "ffi"' 2>/dev/null || missing+=(ruby ruby-ffi)
if [ ${#missing[@]} -gt 0 ]; then
  ../tests/debian.sh "${missing[@]}"
fi

"$(./builder.sh)"
rm -f dist/*.jar dist/*.pom dist/*.gem

if [ $# -eq 0 ]; then set -- -q package -Dmaven.test.skip=true; fi
mvn -B -ntp -f dist/kotlin/pom.xml "$@"
jar=$(echo dist/kotlin/target/egressc-*.jar)
cp "$jar" dist/
cp dist/kotlin/pom.xml "dist/$(basename "$jar" .jar).pom"

(cd dist/ruby && gem build --silent --strict egressc.gemspec && mv egressc-*.gem ..)
ls dist/*.jar dist/*.pom dist/*.gem dist/swift/Package.swift
