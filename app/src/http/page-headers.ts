/** Scripts and styles from here only, and nobody frames the page. */
const contentSecurityPolicy = (images: string, connections: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' ${images}`,
    // Safari's 'self' leaves out WebSockets.
    `connect-src 'self' ws: wss: ${connections}`.trim(),
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");

/** What goes with every file that browsers are given. */
export const pageHeaders = {
  // Kept, but asked for each time: a deploy changes the files, and the ETag tells.
  "cache-control": "no-cache",
  "content-security-policy": contentSecurityPolicy("data:", ""),
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The browser page shows users' pictures, wherever they are, and asks any server that it is pointed at. */
export const chatPageHeaders = {
  ...pageHeaders,
  "content-security-policy": contentSecurityPolicy("https: http:", "https: http:"),
};
