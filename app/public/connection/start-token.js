const key = "holdline.token";

/**
 * The token that the page was opened with (`#token=…`), which leaves the address bar at once, or the one that this tab
 * had before it was reloaded.
 */
export function startToken() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token === null) return sessionStorage.getItem(key) ?? "";
  fragment.delete("token");
  const { pathname, search } = location;
  const rest = fragment.size === 0 ? "" : `#${fragment}`;
  history.replaceState(null, "", pathname + search + rest);
  keepToken(token);
  return token;
}

/** No longer than the tab. @param {string} token */
export function keepToken(token) {
  if (token === "") sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, token);
}
