import axe from "axe-core";
import type { Page } from "playwright-core";

const isSerious = ({ impact }: { impact?: string | null }) => impact === "serious" || impact === "critical";

/** What keeps people from using what is shown at present, by axe's rules: each rule and where it is broken. */
export async function seriousProblems(page: Page): Promise<string[]> {
  // Not a script of the page: what a debugger evaluates is not held by the page's policy.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ["violations"] }),
  );
  return violations
    .filter(isSerious)
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
