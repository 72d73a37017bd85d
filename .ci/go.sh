# shellcheck shell=bash
# Sourced: a Go that can fetch the toolchain that go.mod asks for, from 1.21 on; Debian 12 has an older one.

# $cache and unpack_from_trixie are the caller's.
ensure_go() {
  if has_command go && go version | grep -qE 'go1\.(2[1-9]|[3-9][0-9])'; then return 0; fi
  local unpacked="${cache:?}/go"
  [ -x "$unpacked/usr/lib/go-1.24/bin/go" ] || unpack_from_trixie "$unpacked" golang-1.24-go golang-1.24-src
  export GOROOT="$unpacked/usr/lib/go-1.24" PATH="$unpacked/usr/lib/go-1.24/bin:$PATH"
}
