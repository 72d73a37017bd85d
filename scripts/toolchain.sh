# shellcheck shell=bash
# Sourced by start.sh, test.sh and .ci/run: finds or installs what they need.
# Bun and the packages stay inside the checkout; only Debian packages go to the system.

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd)"
tools="$root/.tools"
bun_version="$(sed -n 's/.*"packageManager": *"bun@\([^"+]*\).*/\1/p' "$root/app/package.json")"

say() {
  printf '==> %s\n' "$*"
}

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

has_command() {
  command -v "$1" >/dev/null 2>&1
}

# Runs a command under a deadline in seconds. --foreground keeps it in the terminal's process
# group, so that Ctrl-C reaches it; without GNU timeout (macOS) there is no deadline.
with_deadline() {
  local seconds="$1"
  shift
  if timeout --foreground 1 true 2>/dev/null; then
    timeout --foreground --kill-after=15 "$seconds" "$@"
  else
    "$@"
  fi
}

retry() {
  local attempts="$1" attempt
  shift
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    if "$@"; then return 0; fi
    if ((attempt < attempts)); then sleep $((attempt * 3)); fi
  done
  return 1
}

can_install_debian_packages() {
  [ "$(id -u)" -eq 0 ] && has_command apt-get
}

install_debian_packages() {
  say "Running apt-get install $*"
  retry 3 with_deadline 180 apt-get update -qq ||
    say "apt-get update failed; trying with the package lists that are here"
  # RUNLEVEL=1: what is installed for its command, such as redis-server, is not started as a service.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 retry 3 with_deadline 300 \
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >/dev/null
}

debian_packages_of() {
  case "$1" in
    gcc) echo "gcc libc6-dev" ;;
    promtool) echo prometheus ;;
    systemd-analyze) echo systemd ;;
    *) echo "$1" ;;
  esac
}

# Installs those of the named commands that are missing, in one go.
ensure_commands() {
  local command packages=()
  for command in "$@"; do
    # shellcheck disable=SC2207 # package names hold no spaces or globs
    has_command "$command" || packages+=($(debian_packages_of "$command"))
  done
  if ((${#packages[@]} > 0)); then install_debian_packages "${packages[@]}"; fi
}

is_pinned_bun() {
  [ -x "$1" ] && [ "$("$1" --version 2>/dev/null)" = "$bun_version" ]
}

# The package's own binary is a placeholder where install scripts do not run;
# the real one is then still in the package of its platform.
find_bun() {
  local candidate
  for candidate in "$(command -v bun)" \
    "$tools"/node_modules/bun/bin/bun.exe "$tools"/node_modules/@oven/*/bin/bun; do
    if is_pinned_bun "$candidate"; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 1
}

ensure_installer() {
  if has_command npm || has_command bun; then return 0; fi
  if can_install_debian_packages; then
    say "Neither npm nor Bun is on this machine"
    install_debian_packages npm
  fi
  has_command npm || fail "Holdline runs on Bun $bun_version, and neither npm nor Bun is here to fetch it.
  Install Node.js with npm (https://nodejs.org, on Debian as root: apt-get install npm)
  or Bun (https://bun.com), then run this again."
}

install_bun_with_npm() {
  has_command npm && with_deadline 300 npm install --prefix "$tools" --include=optional \
    --save-exact --no-audit --no-fund --no-update-notifier --loglevel=error "bun@$bun_version"
}

install_bun_with_bun() {
  has_command bun && (cd -- "$tools" && with_deadline 300 bun add --exact "bun@$bun_version")
}

# Starts from nothing: what an interrupted install left behind looks complete to a package manager.
install_bun() {
  say "Installing Bun $bun_version into $tools"
  rm -rf "$tools/node_modules" "$tools/package-lock.json" "$tools/bun.lock"
  mkdir -p "$tools"
  printf '{ "private": true }\n' >"$tools/package.json"
  install_bun_with_npm || install_bun_with_bun || true
}

# The binary may be called bun.exe: package.json's scripts expect it on PATH as bun.
put_on_path() {
  mkdir -p "$tools/bin"
  # Compared, not just overwritten: another run may be using the link, or it may be what was found.
  [ "$tools/bin/bun" -ef "$1" ] || ln -sfn "$1" "$tools/bin/bun"
  PATH="$tools/bin:$PATH"
  export PATH
}

ensure_bun() {
  local bun
  if ! bun="$(find_bun)"; then
    ensure_installer
    install_bun
    bun="$(find_bun)" || fail "Bun $bun_version could not be installed; is the package registry reachable?"
  fi
  put_on_path "$bun"
  say "Bun $bun_version ($bun)"
}

install_packages() {
  (cd -- "$root/app" && with_deadline 300 bun install "$@") ||
    fail "The packages could not be installed; is the package registry reachable?"
}

has_python_venv() {
  python3 -c 'import ensurepip, venv' 2>/dev/null
}

# What fuzzes the API, in a Python environment inside the checkout. A copy of what was asked for tells a complete one.
ensure_schemathesis() {
  local environment="$tools/schemathesis" wanted="$root/scripts/schemathesis.txt"
  if [ "$(cat "$environment/wanted.txt" 2>/dev/null)" = "$(cat "$wanted")" ]; then return 0; fi
  if ! has_python_venv && can_install_debian_packages; then install_debian_packages python3-venv; fi
  has_python_venv || return 1
  say "Installing schemathesis into $environment"
  rm -rf "$environment"
  python3 -m venv "$environment" || return 1
  retry 3 with_deadline 300 "$environment/bin/pip" install --quiet --disable-pip-version-check \
    --require-hashes --only-binary :all: --requirement "$wanted" || return 1
  cp "$wanted" "$environment/wanted.txt"
}
