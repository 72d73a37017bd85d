import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { DashboardLink, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { boards } from "../../dashboards/boards.ts";
import { describedPanels, readBoards } from "../support/board-panels.ts";

const directory = join(import.meta.dir, "../../../grafana");
const read = (path: string) => Bun.file(join(directory, path)).text();
const checkedIn = await readBoards();
const panels = checkedIn.flatMap((board) =>
  describedPanels(board).map((panel) => [`${board.title}: ${panel.title}`, panel] as const),
);

describe("the boards in grafana/dashboards", () => {
  test.each(boards.map((board) => [board.name, board] as const))(
    "%s is what is generated",
    async (name, { text }) => {
      expect(await read(`dashboards/${name}`)).toBe(text);
    },
  );

  test("are those that are generated, and no others", async () => {
    const names = await Array.fromAsync(new Bun.Glob("**/*").scan({ cwd: join(directory, "dashboards") }));
    expect(names.sort()).toEqual(boards.map(({ name }) => name).sort());
  });

  test("are told apart by uid and title", () => {
    expect(new Set(checkedIn.map(({ uid }) => uid)).size).toBe(checkedIn.length);
    expect(new Set(checkedIn.map(({ title }) => title)).size).toBe(checkedIn.length);
    for (const { uid } of checkedIn) expect(uid).toMatch(/^[a-z-]{8,40}$/);
  });

  test.each(checkedIn.map((board) => [board.title, board] as const))(
    "%s lets one choose",
    (_title, board) => {
      const variables = board.templating.list?.map(({ name, type }) => [name, type]);
      expect(variables).toEqual([
        ["datasource", "datasource"],
        ["color", "query"],
        ["instance", "query"],
      ]);
      expect(board.links).toMatchObject([{ type: "dashboards", tags: ["holdline"], keepTime: true }]);
      expect(board.tags).toContain("holdline");
    },
  );

  test.each(checkedIn.map((board) => [board.title, board] as const))(
    "%s has no holes or overlaps",
    (_title, board) => {
      const all = (board.panels ?? []) as Panel[];
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      const covered = all.reduce((sum, { gridPos }) => sum + (gridPos?.w ?? 0) * (gridPos?.h ?? 0), 0);
      const cells = new Set(all.flatMap(cellsOf));
      const bottom = Math.max(...all.map(({ gridPos }) => (gridPos?.y ?? 0) + (gridPos?.h ?? 0)));
      expect([cells.size, covered]).toEqual([covered, 24 * bottom]);
    },
  );
});

function cellsOf({ gridPos = { x: 0, y: 0, w: 0, h: 0 } }: Panel): string[] {
  const { x, y, w, h } = gridPos;
  return Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`);
}

describe("a panel", () => {
  test.each(panels)("%s says what it shows, and in what", (_name, panel) => {
    expect(panel.description?.length).toBeGreaterThan(10);
    expect(panel.fieldConfig?.defaults.unit).toBeString();
    expect(panel.fieldConfig?.defaults.thresholds?.steps[0]).toEqual({ value: null, color: "green" });
    expect(panel.fieldConfig?.defaults.noValue).toBe("–");
  });

  test.each(panels)("%s asks the chosen data source", (_name, panel) => {
    const source = { type: "prometheus", uid: `$${"{datasource}"}` };
    expect(panel.datasource).toEqual(source);
    expect(panel.targets?.length).toBeGreaterThan(0);
    for (const target of panel.targets ?? []) expect(target).toMatchObject({ datasource: source });
  });

  test("leads to a board that exists", () => {
    const links = panels.flatMap(([, panel]) => (panel.links ?? []) as DashboardLink[]);
    const uids = checkedIn.map(({ uid }) => `/d/${uid}`);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter(({ url }) => !uids.includes(url ?? ""))).toEqual([]);
  });
});

describe("what Grafana is provisioned with", () => {
  const compose = Bun.file(join(directory, "../docker-compose.yml")).text();

  test("finds the boards and Prometheus where the stack has them", async () => {
    const providers = Bun.YAML.parse(await read("provisioning/dashboards/holdline.yml"));
    const sources = Bun.YAML.parse(await read("provisioning/datasources/prometheus.yml"));
    expect(providers).toMatchObject({ providers: [{ options: { path: "/var/lib/grafana/dashboards" } }] });
    expect(sources).toMatchObject({ datasources: [{ url: "http://prometheus:9090", isDefault: true }] });
    expect(await compose).toContain("./grafana/dashboards:/var/lib/grafana/dashboards:ro");
    expect(await compose).toContain("./grafana/provisioning:/etc/grafana/provisioning:ro");
  });

  test("knows how often Prometheus scrapes", async () => {
    const sources = Bun.YAML.parse(await read("provisioning/datasources/prometheus.yml"));
    const config = Bun.YAML.parse(await read("../prometheus/prometheus.yml")) as {
      global: { scrape_interval: string };
    };
    expect(sources).toMatchObject({
      datasources: [{ jsonData: { timeInterval: config.global.scrape_interval } }],
    });
  });
});
