import type { Row } from "../../bench/row.ts";
import type { Usage } from "../../bench/usage.ts";

/** A round in which nobody disturbed: one second, half of it the server's, a quarter the load's. */
export const calm: Usage = {
  seconds: 1,
  serverCpuSeconds: 0.5,
  serverMainCpuSeconds: 0.4,
  loadCpuSeconds: 0.25,
  otherCpuSeconds: 0,
};

export function measuredRow(row: Partial<Row>): Row {
  return {
    what: "echo",
    unit: "round trips/s",
    ours: [80],
    raw: [100],
    usage: { ours: [calm], raw: [calm] },
    ...row,
  };
}
