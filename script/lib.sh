# What the scripts share. Sourced, not run: it moves to the project's root and defines a few words.
# shellcheck shell=bash

called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset VIRTUAL_ENV PYTHONDONTWRITEBYTECODE # a caller's own environment must not slow down or redirect ours

say() { printf '%s\n' "$*"; }

die() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

# quietly "what it does" command...: one line with the seconds it took; the output only if it fails
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

# port_is_taken 8000: whether something on this machine answers there
port_is_taken() {
  (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
