# Front door. Each target installs what is missing, builds, and says what it does.
#
#   make demo     convolve a recording, check it, time a Hyena-shaped batch
#   make test     build and run every test; ends with "N passed, N failed"
#   make bench    measure against FFTW, torch and the copy floor
#   make docs     regenerate the op and pass reference
#   make format   format C++ and Python in place
#   make lint     clang-format, clang-tidy and ruff, changing nothing
#   make install  build and install below PREFIX (default /usr/local)
#   make clean    remove the build trees

PREFIX ?= /usr/local

.PHONY: help packages venv venv-demo build demo test bench docs format lint install clean

help:
	@sed -n 's/^#   //p' Makefile

packages:
	@scripts/packages.sh

venv: packages
	@scripts/venv.sh test

venv-demo: venv
	@scripts/venv.sh demo

build: packages
	@scripts/build.sh

demo: venv-demo build
	@.venv/bin/python examples/demo/demo.py

test: venv build
	@scripts/test.sh

bench: venv-demo build
	@.venv/bin/python bench/run.py $(BENCH)

docs: build
	@scripts/docs.sh

format: venv
	@scripts/format.sh

lint: venv build
	@scripts/lint.sh

install: build
	@cmake --install build --prefix $(PREFIX)

clean:
	rm -rf build build-*
