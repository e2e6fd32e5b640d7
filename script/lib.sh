# Shared by the scripts. Sourced, not run: it changes to the project's root and defines functions.
# shellcheck shell=bash

called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset VIRTUAL_ENV PYTHONDONTWRITEBYTECODE # the caller's environment must not slow down or redirect ours

say() { printf '%s\n' "$*"; }

die() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

# quietly "label" command...: prints one line with the seconds it took, and the output only if it fails
quietly() {
  local label=$1 log start=$SECONDS status=0
  shift
  log=$(mktemp)
  printf '%-48s' "$label"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status == 0)); then
    printf '%4d s\n' $((SECONDS - start))
  else
    printf 'failed\n'
    cat "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}

# port_is_taken 8000: whether something on this machine listens there
port_is_taken() {
  (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
