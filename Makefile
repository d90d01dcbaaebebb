# The two commands of the README, and the quick loop. Each target installs what it needs.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help check test test-rust test-js test-examples-js test-python test-playground test-uniffi test-integrations test-mesh playground uniffi-packages clean

help: ## what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "%-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

check: ## formatting, lints and the Rust tests: the quick loop
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo test --workspace --locked --quiet

test: test-rust test-js test-examples-js test-python test-playground test-uniffi test-integrations test-mesh ## everything

test-rust: wasm-target check ## make check, and the core for wasm
	cargo clippy -p egressc-core -p egressc-js -p egressc-js-cli --target wasm32-unknown-unknown --locked -- -D warnings
	cargo check -p egressc --lib --no-default-features --target wasm32-unknown-unknown --locked

test-js: wasm-target ## the npm package, as packed: Node, Deno, Bun, bundlers, Chromium, and npx against the native program
	bindings-js/test.sh

test-examples-js: wasm-target ## the examples that use the npm package
	examples/test-js.sh

test-python: ## the wheel, in a clean environment
	bindings-python/test.sh

test-uniffi: ## the jar, the gem and the Swift package
	bindings-uniffi/test.sh

uniffi-packages: ## makes those three, in bindings-uniffi/dist
	bindings-uniffi/package.sh

test-integrations: ## Terraform, Ansible, kustomize and CI, with the real tools
	integrations/test.sh

test-playground: ## the playground, in a real browser (PLAYGROUND_ARTIFACTS=folder for its pictures)
	playground/test.sh

playground: ## the static site, in playground/dist
	playground/build.sh

test-mesh: ## Istio's own code and real Envoys (CASES=path for cases of your own)
	cargo build --locked -p egressc -p egressc-tests --bins
	tests/mesh/run.sh $(CASES)

.PHONY: wasm-target
wasm-target:
	@rustup target list --installed | grep -qx wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown

clean: ## what builds have left
	cargo clean
	rm -rf bindings-js/dist bindings-js/node_modules bindings-python/.venv bindings-uniffi/dist bindings-uniffi/.venv playground/dist playground/node_modules examples/*/node_modules examples/*/build
