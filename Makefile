# A thin front to CMake, Ninja and the scripts in tools/. `make help` lists what there is.
# The packages that a target needs are installed first where they are missing (packages.txt).

PREFIX ?= /usr/local
DESTDIR ?=
# The simulator's seed (make sim SEED=7), and how long each fuzz target runs (make fuzz SECONDS=60).
SEED ?= 1
SECONDS ?= 60
CALLS ?= 10000
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build run test demo bench soak kill9 lint tidy format fuzz sim mutants clean install packages-build packages-test

help:
	@echo 'make build                 build/release/ahoyd and build/release/ahoy'
	@echo 'make run                   build, then the server in the foreground on ./ahoy.db'
	@echo 'make demo                  a server and two phones: one call, heard and drawn'
	@echo 'make test                  everything with sanitizers: unit, flow, fuzz corpus, short simulation, interop'
	@echo 'make lint                  both compilers, layers, symbols, format, sizes'
	@echo 'make tidy                  clang-tidy and clang analyzer (slow)'
	@echo 'make format                put the C files into the house format'
	@echo 'make fuzz [SECONDS=60]     each fuzz target that long'
	@echo 'make sim [SEED=1 CALLS=10000]  the simulated world; the same seed gives the same bytes'
	@echo 'make mutants               switch off one thing at a time; each must turn the tests red'
	@echo 'make bench                 the measurements of docs/benchmarks.md'
	@echo 'make soak                  ten thousand calls, and nothing is left of them'
	@echo 'make kill9                 kill -9 under load and restart, 50 times, twice'
	@echo 'make install [PREFIX=/usr/local DESTDIR=]'
	@echo 'make clean                 remove build/'

packages-build:
	@tools/install-packages build

packages-test:
	@tools/install-packages build test

build: packages-build
	@cmake --preset release -DCMAKE_INSTALL_PREFIX='$(PREFIX)' --log-level=WARNING
	@cmake --build --preset release

# exec: a signal for the server reaches the server.
run: build
	@exec build/release/ahoyd run

demo: build
	@exec tools/demo

test: packages-test
	@tools/run-tests asan

lint: packages-test
	@tools/lint

tidy: packages-test
	@tools/tidy

format: packages-test
	@tools/c-files | xargs clang-format -i

fuzz: packages-test
	@cmake --preset fuzz --log-level=WARNING
	@cmake --build --preset fuzz
	@tools/run-fuzz build/fuzz $(SECONDS)

sim: build
	@exec build/release/ahoy-sim --seed $(SEED) --calls $(CALLS)

mutants: packages-test
	@exec tools/mutants

bench: build packages-test
	@exec tools/bench build/release

# 40 s of rest twice: about a minute and a half.
soak: build packages-test
	@exec tools/soak build/release

kill9: build packages-test
	@AHOY_BUILD_DIR='$(CURDIR)/build/release' python3 tests/interop/test_kill9.py 50
	@exec tools/kill9 build/release --cycles 50

install: build
	@DESTDIR='$(DESTDIR)' cmake --install build/release --prefix '$(PREFIX)'
	@# The loader's cache learns of libahoy.so.0, where this is the machine itself and we may.
	@[ -n '$(DESTDIR)' ] || [ "$$(id -u)" != 0 ] || ldconfig

clean:
	rm -rf build
