/** An entry point of Traefik's that is not published; the clients share its network. */
const metricsUrl = "http://127.0.0.1:8082/metrics";
const refusedLine = /^traefik_entrypoint_requests_total\{.*code="429".*\} (\S+)$/gm;

/** How many requests Traefik has answered with 429, its own and the servers', since it was started. */
export async function countRefused(): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return [...text.matchAll(refusedLine)].reduce((sum, [, count]) => sum + Number(count), 0);
}
