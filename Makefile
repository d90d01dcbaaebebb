# The two commands of the README, and the quick loop. Each target installs what it needs.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

# What `make test` is made of, the longest ways first. `.ci/run` runs these side by side: what two of them need is one of
# them too, and both wait for it.
stages := mesh-tools programs uniffi-builder package-js lint lint-wasm test-rust wheel test-js test-mesh integration-tools test-python test-playground test-wasm test-integrations test-uniffi test-examples-js
.PHONY: help check test bench stages bundlers fuzz work audit playground uniffi-packages clean wasm-target $(stages)

# `.ci/run` sets STAGES, its folder. A stage is timed then, and says whether these of its caches are there before it begins.
stage = $(if $(STAGES),.ci/stage $@ $(1) --)
cache := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/egressc
wheels := $(CURDIR)/target/wheel

help: ## what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "%-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

check: lint test-rust ## formatting, lints and the Rust tests: the quick loop

test: $(stages) ## everything

bench: ## time and memory of a compile beside tools that only write the same objects (minutes the first time; no test)
	tests/benches/peers/run.sh

stages:
	@echo $(stages)

lint: ## formatting and lints
	$(call stage,target/debug) tests/lint.sh

lint-wasm: wasm-target ## lints of what becomes WebAssembly
	$(call stage,target/wasm32-unknown-unknown/debug) tests/lint-wasm.sh

test-rust: wasm-target ## the Rust tests
	$(call stage,target/wasm32-unknown-unknown/debug) cargo test --workspace --exclude egressc-uniffi-build --locked --quiet

programs:
	$(call stage,target/debug) tests/programs.sh egressc egressc-js-build outcomes own_sets refusals conversions

package-js: programs wasm-target
	$(call stage,target/wasm32-unknown-unknown/wasm) bindings-js/build.sh

test-js: package-js ## the npm package, as packed: Node, Deno, Bun, bundlers, Chromium, and npx against the native program
	$(call stage,target/wasm32-unknown-unknown/wasm) bindings-js/test.sh

bundlers: package-js ## every bundler of the npm package's table, built and run; writes the table (minutes; BUNDLERS=vite-5 for one)
	node bindings-js/bundlers/run.js $(BUNDLERS)

test-wasm: package-js programs ## the module without imports: in Go and in wasmtime
	$(call stage,target/wasm32-unknown-unknown/wasm bindings-wasm/.venv) bindings-wasm/test.sh
	integrations/go/test.sh

test-examples-js: package-js ## the examples that use the npm package
	$(call stage) examples/test-js.sh

test-playground: package-js ## the playground, in a real browser (PLAYGROUND_ARTIFACTS=folder for its pictures)
	$(call stage,playground/node_modules) playground/test.sh

wheel:
	$(call stage,target/release bindings-python/.venv) bindings-python/wheel.sh $(wheels)

test-python: wheel programs ## the wheel, in a clean environment
	$(call stage,bindings-python/tests/pyright/node_modules) env WHEELS=$(wheels) bindings-python/test.sh

integration-tools:
	$(call stage,$(cache)/integrations/kustomize-* $(cache)/integrations/venv-*) integrations/tools.sh

test-integrations: integration-tools wheel programs ## Terraform, Ansible, kustomize and CI, with the real tools
	$(call stage) env WHEELS=$(wheels) integrations/test.sh

uniffi-builder:
	$(call stage,$(cache)/uniffi-*) bindings-uniffi/builder.sh

test-uniffi: programs uniffi-builder wheel ## the jar, the gem and the Swift package
	$(call stage,target/release $(HOME)/.m2) bindings-uniffi/test.sh

mesh-tools:
	$(call stage,$(cache)/mesh/istiod-* $(cache)/mesh/venv-*) tests/mesh/tools.sh

test-mesh: mesh-tools programs ## Istio's own code and real Envoys (CASES=path for cases of your own)
	$(call stage) tests/mesh/run.sh $(CASES)

# Cargo lets one call at a time into target/debug. In CI who would wait for another there begins after it.
ifneq ($(STAGES),)
lint: programs
lint-wasm: lint
test-rust: lint-wasm
endif

fuzz: ## libFuzzer on every target (MINUTES=1 of each; TARGETS="objects policies" for some)
	fuzz/run.sh $(or $(MINUTES),1) $(TARGETS)

# The compiler puts a call at each edge of the program. With a target the flags are not those of build scripts.
work: ## how the work of a call grows with its input, in steps of the program (WORK_SIZES=1000,2000 WORK_SHAPES=a,b WORK_CALLS=reach)
	RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 -Cllvm-args=-sanitizer-coverage-trace-pc-guard --cfg count_steps" \
	CARGO_PROFILE_TEST_OPT_LEVEL=1 CARGO_PROFILE_DEV_OPT_LEVEL=1 cargo test -q --locked -p egressc-tests --test work \
	--target $$(rustc -vV | sed -n 's/^host: //p') --target-dir target/work table -- --ignored --nocapture

audit: ## licences, sources and known weaknesses of all that is linked, where cargo-deny and the registries' databases are there
	tests/audit.sh

playground: ## the static site, in playground/dist
	playground/build.sh

uniffi-packages: ## the jar, the gem and the Swift package, in bindings-uniffi/dist
	bindings-uniffi/package.sh

wasm-target:
	@rustup target list --installed | grep -qx wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown

clean: ## what builds have left
	cargo clean
	rm -rf bindings-js/dist bindings-js/node_modules bindings-python/.venv bindings-uniffi/dist bindings-uniffi/.venv playground/dist playground/node_modules examples/*/node_modules examples/*/build
