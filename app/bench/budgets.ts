/** `max` and `min` bound our median, or its ratio to raw where the budget is one. */
export type Budget = {
  of: "ours" | "ratio";
  min?: number;
  max?: number;
  /** In the words of DESIGN's table of budgets, if it is there. */
  promise?: string;
};

const FAN_OUT = "room fan-out to 1,000 members, one publisher";
const GROWTH = "cost growth with rooms and connections";

/** What DESIGN promises. A row of a measure names the one that it can keep or break. */
export const budgets = {
  memory: { promise: "memory per idle connection: authenticated, one room, presence", of: "ours", max: 4 },
  handshakes: { promise: "handshakes per second", of: "ratio", min: 0.7 },
  echo: { promise: "round trips per second, 100 sockets, 8 in flight", of: "ratio", min: 0.7 },
  fanOut: { promise: FAN_OUT, of: "ratio", min: 0.85 },
  fanOutSaturated: { promise: `${FAN_OUT}, saturated with stored messages`, of: "ours", min: 1_500_000 },
  loopDelay: { promise: "event-loop delay p99 while 10,000 messages/s are stored", of: "ours", max: 10 },
  stored: { promise: "stored and acked messages per second, embedded", of: "ours", min: 30_000 },
  storedRedis: { promise: "stored and acked messages per second, Redis", of: "ours", min: 20_000 },
  latency: { promise: "added p99 of delivery at 50 % load, embedded", of: "ours", max: 2 },
  latencyRedis: { promise: "added p99 of delivery at 50 % load, Redis", of: "ours", max: 5 },
  instances: {
    promise: "two instances, 1,000 members each: fan-out per core, beside embedded",
    of: "ours",
    min: 0.85,
  },
  growth: { promise: GROWTH, of: "ratio", max: 1.15 },
  growthOfMemory: { promise: GROWTH, of: "ours", max: 1.15 },
} as const satisfies Record<string, Budget>;
