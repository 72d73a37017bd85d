/** The servers' own JWT_SECRET, which whoever may ask Docker may see; null: no colour of this stack runs with one. */
export async function stackSecret(prefix: string): Promise<string | null> {
  for (const color of ["blue", "green"]) {
    const container = `${prefix}websocket-${color}`;
    const answer = await Bun.$`docker exec ${container} printenv JWT_SECRET`.nothrow().quiet();
    if (answer.exitCode === 0 && answer.text().trim() !== "") return answer.text().trim();
  }
  return null;
}
