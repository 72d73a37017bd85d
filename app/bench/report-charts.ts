import { type Bar, barChart } from "./bar-chart.ts";
import { contestants } from "./contestants.ts";
import { entriesOf, type Kind } from "./each.ts";
import { fullTitle } from "./full-title.ts";
import type { Report } from "./report.ts";
import { figuresOf, type Row } from "./row.ts";

/** `rows` matches the titles of the rows to draw: of one a bar for each contestant, of several the growth of ours. */
type Chart = { name: string; title: string; note: string; rows: RegExp };

const MORE = "More is better.";
const LESS = "Less is better.";
const NO_STORAGE = "Only Holdline stores what it delivers.";
const PER_CPU = ": the same per second of server CPU$";

const charts: Chart[] = [
  {
    name: "memory",
    title: "Memory per idle connection, KB",
    note: `${LESS} Holdline's are authenticated and have presence.`,
    rows: /^memory per idle connection, [^:]* in one room$/,
  },
  {
    name: "handshakes",
    title: "Handshakes per second of server CPU",
    note: `${MORE} Only Holdline checks a token.`,
    rows: new RegExp(`^handshakes: [^:]*${PER_CPU}`),
  },
  {
    name: "echo",
    title: "Round trips per second of server CPU",
    note: `${MORE} 100 sockets, 8 commands in flight each.`,
    rows: new RegExp(`^echo, [^:]*${PER_CPU}`),
  },
  {
    name: "fan-out",
    title: "Deliveries per second of server CPU, one message at a time",
    note: `${MORE} One room of 1,000 members. ${NO_STORAGE}`,
    rows: new RegExp(`^fan-out to 1,000: 1 room, one by one${PER_CPU}`),
  },
  {
    name: "fan-out-bursts",
    title: "Deliveries per second of server CPU, in bursts of 32",
    note: `${MORE} One room of 1,000 members. ${NO_STORAGE}`,
    rows: new RegExp(`^fan-out to 1,000: 1 room, bursts of 32${PER_CPU}`),
  },
  {
    name: "growth-rooms",
    title: "Server CPU per message as rooms grow, µs",
    note: `${LESS} 5,000 messages per second, one member in each room.`,
    rows: /^CPU per message, 1 member, [^:]*, ([\d,]+ rooms)$/,
  },
  {
    name: "growth-connections",
    title: "Server CPU per message as connections grow, µs",
    note: `${LESS} 2,000 messages per second, nine members in each room.`,
    rows: /^CPU per message, 9 members, [^:]*, ([\d,]+ connections)$/,
  },
  {
    name: "history",
    title: "Pages of history per second as a room's history grows",
    note: `${MORE} 50 messages per page, from anywhere in the room.`,
    rows: /^history, pages of 50 anywhere in a room of ([\d,]+ messages)$/,
  },
];

/** A file for each chart whose rows were measured. */
export function reportCharts({ rows }: Report): { name: string; text: string }[] {
  return charts.flatMap(({ name, title, note, rows: pattern }) => {
    const bars = barsOf(rows, pattern);
    return bars.length === 0 ? [] : [{ name: `${name}.svg`, text: barChart({ title, note, bars }) }];
  });
}

function barsOf(rows: readonly Row[], pattern: RegExp): Bar[] {
  const matches = rows.map((row) => ({ row, match: pattern.exec(fullTitle(row, rows)) }));
  return matches.flatMap(({ row, match }) => {
    if (match === null) return [];
    const bars = entriesOf(figuresOf(row)).map(([kind, figures]) => barOf(kind, figures, match[1]));
    return bars.filter(({ figures }) => figures.length > 0);
  });
}

/** Beside what grows stands only that it is raw's. */
function barOf(kind: Kind, figures: number[], size: string | undefined): Bar {
  const { name } = contestants[kind];
  const isOurs = kind === "ours";
  return { label: isOurs ? (size ?? name) : name, figures, isOurs: isOurs || kind === "redis" };
}
