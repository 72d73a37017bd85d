import type { InstanceHealth } from "./instance-health.ts";

/** The instances behind one port: whichever is asked answers for all of them. Null: that took too long. */
export interface Group {
  health(): Promise<readonly InstanceHealth[] | null>;
  metrics(): Promise<string | null>;
}
