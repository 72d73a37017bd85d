import { board } from "./board.ts";
import { latency } from "./overview/latency.ts";
import { messages } from "./overview/messages.ts";
import { now } from "./overview/now.ts";
import { people } from "./overview/people.ts";
import { refusals } from "./overview/refusals.ts";
import { saturation } from "./overview/saturation.ts";

export const overview = board({
  uid: "holdline-overview",
  title: "Holdline: Overview",
  description: "Who is there, what they say, how long it takes and what goes wrong.",
  rows: [now, people, messages, latency, refusals, saturation],
});
