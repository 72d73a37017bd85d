import { origin as parseOrigin } from "../config-parsers.ts";

/**
 * Whether a page of this origin may connect. `host` is what the page's user typed to reach us; its host name is
 * compared, not scheme or port, which proxies change. Localhost means any port: in `allowed`, or if that is empty.
 */
export function isOriginAllowed(origin: string, host: string | null, allowed: readonly string[]): boolean {
  if (isOwnPage(origin, host) || allowed.includes("*")) return true;
  const normal = normalizeOrigin(origin);
  if (normal === null) return false;
  if (allowed.includes(normal)) return true;
  const name = hostNameOf(normal);
  if (name === null) return false;
  if (host !== null && name === hostNameOf(`http://${host}`)) return true;
  return (
    isLocalhost(name) && (allowed.length === 0 || allowed.some((entry) => isLocalhost(hostNameOf(entry))))
  );
}

/** Most are, and this is the cheapest way to see it. */
function isOwnPage(origin: string, host: string | null): boolean {
  const start = origin.indexOf("://");
  return start > 0 && Boolean(host) && origin.slice(start + 3) === host;
}

/** As ALLOWED_ORIGINS would list it, or null if it could not. */
export function normalizeOrigin(origin: string): string | null {
  return origin === "*" ? null : (parseOrigin(origin) ?? null);
}

function hostNameOf(origin: string): string | null {
  const name = URL.parse(origin)?.hostname ?? "";
  return name === "" ? null : name.toLowerCase();
}

function isLocalhost(name: string | null): boolean {
  return (
    name === "localhost" || name === "127.0.0.1" || name === "[::1]" || name?.endsWith(".localhost") === true
  );
}
