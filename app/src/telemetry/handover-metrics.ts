import type { Instruments } from "./instruments.ts";

const results = ["moved", "forced", "lost", "stayed"] as const;

/** What became of a connection that a drain sent away; `lost` broke, `stayed` was told that it may. */
export type HandoverResult = (typeof results)[number];

export function handoverVerbs(make: Instruments) {
  const name = "websocket_handovers_total";
  const ended = make.counter(name, "Connections that a drain sent away, by what became of them.", "result");
  const tallies = new Map(results.map((result) => [result, ended.series({ result })]));
  return { handedOver: (result: HandoverResult, count: number) => tallies.get(result)?.add(count) };
}
