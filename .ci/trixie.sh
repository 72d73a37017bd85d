# shellcheck shell=bash
# Sourced: takes files out of packages of Debian 13 (trixie) without installing anything of it on Debian 12.

# $cache is the caller's: where things are kept between runs.
trixie="${cache:?}/trixie"
trixie_options=(-qq
  -o Dir::Etc::sourcelist="$trixie/sources.list" -o Dir::Etc::sourceparts=-
  -o Dir::State::lists="$trixie/lists" -o Dir::Cache="$trixie/cache" -o APT::Sandbox::User=root)

update_trixie_lists() {
  mkdir -p "$trixie/lists/partial" "$trixie/cache/archives/partial"
  printf 'deb [signed-by=%s] http://deb.debian.org/debian trixie main\n' \
    /usr/share/keyrings/debian-archive-keyring.gpg >"$trixie/sources.list"
  retry 3 with_deadline 180 apt-get "${trixie_options[@]}" update
}

# unpack_from_trixie DIRECTORY PACKAGE...
unpack_from_trixie() {
  local into="$1" downloads package
  shift
  downloads="$(mktemp -d)"
  update_trixie_lists
  (cd -- "$downloads" && retry 3 with_deadline 180 apt-get "${trixie_options[@]}" download "$@")
  mkdir -p "$into"
  for package in "$downloads"/*.deb; do dpkg -x "$package" "$into"; done
  rm -rf "$downloads"
}
