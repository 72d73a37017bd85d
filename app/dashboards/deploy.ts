import { board } from "./board.ts";
import { clients } from "./deploy/clients.ts";
import { colors } from "./deploy/colors.ts";
import { continuity } from "./deploy/continuity.ts";
import { drain } from "./deploy/drain.ts";

export const deploy = board({
  uid: "holdline-deploy",
  title: "Holdline: Deploy",
  description: "Blue and green side by side: who serves, who moves, and whether anybody notices.",
  rows: [colors, clients, drain, continuity],
});
