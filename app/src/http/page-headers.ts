/** Scripts and styles from here only, and nobody frames the page. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  // Safari's 'self' leaves out WebSockets.
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** What goes with every file that browsers are given. */
export const pageHeaders = {
  // Kept, but asked for each time: a deploy changes the files, and the ETag tells.
  "cache-control": "no-cache",
  "content-security-policy": contentSecurityPolicy,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
