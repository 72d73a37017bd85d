# shellcheck shell=bash
# What happens to every command: it is written down, fails if it is to fail, and waits while it is held.

meet() {
  local pattern code text
  printf '%s\n' "$1" >>"$WORLD/calls"
  if [ -e "$WORLD/hold" ] && [[ "$1" == *"$(cat "$WORLD/hold")"* ]]; then
    mv "$WORLD/hold" "$WORLD/held"
    while [ -e "$WORLD/held" ]; do "$WORLD/sleep" 0.02; done
  fi
  if [ -e "$WORLD/fault-once" ] && [[ "$1" == *"$(cat "$WORLD/fault-once")"* ]]; then
    rm "$WORLD/fault-once"
    exit 1
  fi
  while IFS=$'\t' read -r pattern code text; do
    [[ "$1" == *"$pattern"* ]] || continue
    echo "$text" >&2
    exit "$code"
  done <"$WORLD/faults"
}
