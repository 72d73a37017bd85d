/** Scripts that a version has loaded before it starts, and what is wrong with it then. */
export const brokenVersions = {
  doesNotStart: "process.exit(1);",

  unhealthy:
    'Bun.serve({ port: 3001, fetch: () => new Response("no", { status: 503 }) }); await new Promise(() => {});',

  /** With the first message that anybody sends. */
  crashesAtMessage: `
    const { parse } = JSON;
    JSON.parse = (text, ...more) => {
      if (String(text).includes('"send_message"')) process.exit(1);
      return parse(text, ...more);
    };`,

  /** When it has served users for a while, which a soak of some seconds sees. */
  crashesUnderTraffic: `
    setInterval(async () => {
      const answer = await fetch("http://traefik/health/live").catch(() => null);
      if (answer?.headers.get("x-served-by") === process.env.COLOR) setTimeout(() => process.exit(1), 3000);
    }, 200);`,
} as const;
