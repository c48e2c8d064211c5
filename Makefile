# Thin names over the CMake presets; tools/ holds what they do. `make run` and `make test` need nothing before them.
PREFIX ?= /usr/local

.PHONY: help run build test bench asan tsan fuzz format install clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## build, start a server with the examples on 127.0.0.1:8080, invoke one; Ctrl-C stops it
	@tools/run

build: ## the release build, in build/release
	@tools/build release

test: ## every test: unit, end-to-end, hostile; one summary line at the end
	@tools/test release

bench: ## the benchmark, as ratios against the bare machine
	@tools/install-packages --bench
	@tools/build release
	@bench/run

asan: ## the modules' tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/test asan module

tsan: ## the modules' tests under ThreadSanitizer
	@tools/test tsan module

TIME ?= 60
fuzz: ## the fuzz targets, TIME=60 seconds for all together
	@tools/fuzz $(TIME)

format: ## lay out every source file by .clang-format
	@tools/install-packages --test
	@tools/sources | xargs clang-format -i

install: ## bin/sojourn, headers, CMake package and examples under PREFIX (and DESTDIR)
	@tools/build release product
	@DESTDIR="$(DESTDIR)" cmake --install build/release --prefix "$(PREFIX)"

clean: ## remove every build and what `make run` kept
	@rm -rf build
