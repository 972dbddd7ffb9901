# shellcheck shell=bash
# shellcheck disable=SC2034  # the variables are for the scripts that source this
# Shared by the scripts of Launch/: installing what is missing, and building. Sourced, not started.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
required_swift=6.2

# Debian's names of what building and running need, and of what the tests need beyond that.
build_packages=(
  g++ git pkg-config libdnnl-dev libopenblas-dev libopenmpi-dev openmpi-bin libhdf5-openmpi-dev
  zlib1g-dev libssl-dev libcurl4-openssl-dev libxml2-dev gnuplot-nox curl ca-certificates
)
test_packages=(python3 python3-h5py python3-numpy python3-sklearn python3-torch python3-venv hdf5-tools shellcheck slurm-wlm munge iproute2
  libsimgrid-dev)

# HYPERDIST_CPU: the processor to compile for, where login and compute nodes differ. Everything is compiled once, with what tests ask for, so that they
# run the very code that is used.
build_flags=(-c release -Xswiftc -enable-testing -Xswiftc -target-cpu -Xswiftc "${HYPERDIST_CPU:-native}")

say() { printf '%s\n' "== $*" >&2; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Prints the comment at the head of the script that was started.
usage() { sed -n '2,/^$/{s/^# \{0,1\}//p}' "$0"; }

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_packages PACKAGE...: Debian packages that are missing, by apt-get.
install_packages() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    # Another system names its packages otherwise: ask for the libraries themselves.
    local missing=() library
    command -v mpirun >/dev/null || missing+=(mpirun)
    for library in ompi-c hdf5-openmpi openblas zlib libcrypto; do
      pkg-config --exists "$library" 2>/dev/null || missing+=("$library")
    done
    [ ${#missing[@]} -eq 0 ] && return
    fail "this is not a Debian-like system (no apt-get), so nothing was installed. Missing here:" \
      "${missing[*]}. Needed: Open MPI 4, HDF5 1.10 or newer built with Open MPI," \
      "oneDNN 2, OpenBLAS, zlib and OpenSSL, each with its headers and pkg-config file; gnuplot for figures."
  fi
  local missing=() package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "these packages are missing and only root can install them: ${missing[*]}" \
      "(there is no sudo here; as root: apt-get install ${missing[*]})"
    as_root=(sudo)
  fi
  say "Installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq >&2 </dev/null \
    || say "apt-get update failed; going on with the lists there are"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 </dev/null \
    || fail "apt-get could not install: ${missing[*]}"
}

# Python's packages that Debian has not: onnx and onnxruntime, with numpy and h5py of their own beside them.
python_packages=(onnx onnxruntime numpy h5py)

# install_python_packages: into an environment within the build folder, where no python3 has them already.
install_python_packages() {
  local python imports
  imports="import $(IFS=,; printf '%s' "${python_packages[*]}")"
  for python in ${HYPERDIST_PYTHON:+"$HYPERDIST_PYTHON"} /usr/bin/python3 python3 "$repository/.build/python/bin/python3"; do
    if "$python" -c "$imports" 2>/dev/null; then return; fi
  done
  say "Installing ${python_packages[*]} into .build/python"
  if ! /usr/bin/python3 -m venv --clear "$repository/.build/python" >&2 \
    || ! "$repository/.build/python/bin/pip" install -q --disable-pip-version-check "${python_packages[@]}" >&2 </dev/null; then
    fail "pip could not install: ${python_packages[*]}; or name a python3 that has them in HYPERDIST_PYTHON"
  fi
}

# Ends with a clear message unless a new enough Swift is on the PATH.
require_swift() {
  local how="get it from https://www.swift.org/install/linux (swiftly: 'swiftly install latest') and have 'swift' on the PATH"
  command -v swift >/dev/null || fail "Swift $required_swift or newer is needed and was not found: $how"
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
  [ -n "$version" ] || fail "'swift --version' does not work here: $how"
  [ "$(printf '%s\n' "$required_swift" "$version" | sort -V | head -n 1)" = "$required_swift" ] \
    || fail "Swift $version is too old; $required_swift or newer is needed: $how"
}

prepare_environment() {
  # mpirun refuses root, which is who one is in a container, unless told twice.
  if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
  # OpenBLAS 0.3.21 does not know newer processors and falls back to code of 2004. It reads this
  # variable when it loads, so it must be set before the program starts.
  if [ -z "${OPENBLAS_CORETYPE:-}" ] && grep -qw avx512_bf16 /proc/cpuinfo 2>/dev/null; then
    export OPENBLAS_CORETYPE=Cooperlake
  fi
}

# build_program: builds hyperdist and sets `program` to its path.
build_program() {
  require_swift
  cd "$repository" || fail "no folder $repository"
  say "Building hyperdist for ${HYPERDIST_CPU:-this processor} (the first time takes some minutes)"
  swift build "${build_flags[@]}" --product hyperdist >&2 </dev/null || fail "the build failed"
  program=$(swift build "${build_flags[@]}" --show-bin-path </dev/null)/hyperdist
}

# launch_stoppable MPIRUN ARGUMENT ...: starts it and ends with its status. SIGTERM, SIGINT and SIGHUP mpirun would answer by ending the ranks;
# here they reach them as SIGUSR1, for which a training saves and ends with 3. A second SIGINT goes to mpirun itself. mpirun hands SIGUSR1 on to no
# rank that has not begun: it gets it again until it ends.
launch_stoppable() {
  local job='' status interrupted='' stopping='' sender=''
  trap stop_job TERM HUP
  trap '[ -z "$interrupted" ] && stop_job || kill -INT "$job" 2>/dev/null || true; interrupted=yes' INT
  # A process group of its own: a terminal's Ctrl-C is this shell's alone.
  set -m
  "$@" </dev/null &
  job=$!
  set +m
  [ -z "$stopping" ] || stop_job
  # A trap interrupts wait: go on waiting until mpirun itself is gone.
  while true; do
    wait "$job" && status=0 || status=$?
    kill -0 "$job" 2>/dev/null || break
  done
  trap - TERM HUP INT
  [ -z "$sender" ] || kill "$sender" 2>/dev/null || true
  return "$status"
}

# stop_job: what launch_stoppable does at a signal, with its variables.
stop_job() {
  stopping=yes
  [ -n "$job" ] && [ -z "$sender" ] || return 0
  while kill -USR1 "$job" 2>/dev/null; do sleep 5; done &
  sender=$!
}
