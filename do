#!/bin/sh
# Set up and run: `./do sample` settles data/samples, `./do test` passes the checks and tests, `./do bench` measures,
# `./do lock` renews the locked versions.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}
venv=.venv

fail() {
    echo "$1" >&2
    exit 1
}

set_up() { # set_up LOCKFILE: a virtual environment with exactly the locked versions, made once
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        fail "Python 3.11 or newer is needed; say where it is: PYTHON=/path/to/python3 ./do ..."
    # the interpreter itself, also when the caller stands in a virtual environment
    python=$("$python" -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))')
    stamp="$venv/.installed-$(cksum < "$1" | tr ' ' '-')"
    [ -e "$stamp" ] && return
    echo "Setting up $venv from $1 (a minute or two the first time) ..." >&2
    [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$venv" ||
        fail "No virtual environment could be made; on Debian install the package python3-venv."
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r "$1" ||
        fail "The locked packages could not be installed; see the lines above."
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-deps -e . ||
        fail "baoxiao could not be installed into $venv; see the lines above."
    touch "$stamp"
}

case "${1:-}" in
sample)
    set_up requirements.lock
    mkdir -p out
    exec "$venv/bin/baoxiao" nightly data/samples --db out/claims.duckdb
    ;;
test)
    shift
    set_up requirements-dev.lock
    "$venv/bin/ruff" check . && "$venv/bin/ruff" format --check --quiet . || fail "ruff found something to mend."
    "$venv/bin/mypy" || fail "mypy found something to mend."
    "$venv/bin/baoxiao" policy check || fail "A policy file has faults."
    exec "$venv/bin/python" -m pytest -q -n auto "$@"
    ;;
bench)
    shift
    set_up requirements-bench.lock
    exec "$venv/bin/python" -m benchmarks "$@"
    ;;
lock)
    set_up requirements-dev.lock
    uv="$venv/bin/uv"
    [ -x "$uv" ] || "$venv/bin/python" -m pip install -qq --disable-pip-version-check uv
    for pair in "requirements.lock" "requirements-dev.lock --group dev" "requirements-bench.lock --group bench"; do
        # shellcheck disable=SC2086
        set -- $pair
        "$uv" pip compile pyproject.toml --upgrade --generate-hashes --universal --python-version 3.11 --no-header --no-annotate --quiet \
            --output-file "$@"
    done
    ;;
*)
    fail "Usage: ./do sample | ./do test [pytest options] | ./do bench [options] | ./do lock"
    ;;
esac
