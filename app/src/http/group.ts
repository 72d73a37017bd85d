import type { InstanceHealth } from "./instance-health.ts";

/** The instances behind one port: whichever is asked answers for all of them. Null: that took too long. */
export interface Group {
  /** How long an instance that is not ready leaves the port to the others; after that its answers say why. */
  readonly unheardMsMax: number;
  health(): Promise<readonly InstanceHealth[] | null>;
  metrics(): Promise<string | null>;
}
