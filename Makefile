# The ways in. Each target is a script in scripts/ that says what it does.
.DEFAULT_GOAL := help
.PHONY: help setup build run dev test audit bench crash-test fuzz fmt

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | expand -t 14

setup: ## put in place what building needs (tools, npm packages); never needs root
	@scripts/setup.sh build

build: setup ## release build: target/release/spark, one file with its web assets
	@scripts/build.sh release

run: ## set up, build, and serve on http://127.0.0.1:3000 with demo data
	@scripts/run.sh

dev: ## serve the debug build and rebuild at each change
	@scripts/dev.sh

test: ## every test: format, lints, unit and property tests, both databases, browser
	@scripts/test.sh

audit: ## the long checks: many random cases, broken files, 200 kills, the wait of a slow phone
	@scripts/audit.sh

bench: ## gifts per second and page speed on this machine
	@scripts/bench.sh

crash-test: ## 200 kills at random moments on each database
	@scripts/crash-test.sh

fuzz: ## broken typings, tables and files, a minute for each reader
	@scripts/fuzz.sh

fmt: ## format the Rust code
	@cargo fmt --all
