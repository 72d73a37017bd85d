import { expect, test } from "bun:test";
import { join } from "node:path";
import { settle } from "../../client/settings.ts";
import { closeCodes } from "../../src/protocol/close-codes.ts";
import { errorCodes, handshakeRefusalCodes } from "../../src/protocol/errors.ts";

const directory = join(import.meta.dir, "../../client");
const read = (name: string) => Bun.file(join(directory, name)).text();
const readme = await read("README.md");

/** Rows of all tables whose first column has this head, as cells. */
function rowsUnder(head: string): string[][] {
  const tables = readme.split("\n\n").filter((block) => cellsOf(block)[0] === head);
  return tables.flatMap((table) => table.trim().split("\n").slice(2)).map(cellsOf);
}

const cellsOf = (row: string): string[] =>
  row
    .split("\n", 1)
    .flatMap((line) => line.split("|").slice(1, -1))
    .map((cell) => cell.trim());

const namesIn = (cells: string[][]) =>
  cells.flatMap(([first = ""]) => [...first.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));

/** The members of an interface, as its source has them. */
async function membersOf(file: string, name: string): Promise<string[]> {
  const [, body = ""] = (await read(file)).split(`export interface ${name} {\n`);
  const [members = ""] = body.split("\n}");
  return [...members.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, member = ""]) => member);
}

test("every option is listed, with its default", async () => {
  const rows = rowsUnder("option");
  expect(namesIn(rows)).toEqual(await membersOf("options.ts", "ClientOptions"));
  const defaults: Record<string, unknown> = { ...settle({ url: "http://localhost" }) };
  const told = rows.filter(([, given = ""]) => /^(`\w+`|\d+)$/.test(given));
  expect(told.map(([name = "", given = ""]) => [name, given.replaceAll("`", "")])).toEqual(
    told.map(([name = ""]) => [name, String(defaults[name.replaceAll("`", "")])]),
  );
  expect(told.length).toBe(6);
});

test("every event is listed", async () => {
  const listed = namesIn(rowsUnder("event"));
  const client = await membersOf("client.ts", "ClientEvents");
  expect(listed).toEqual([...client, ...listed.slice(client.length)]);
  expect(listed.slice(client.length).toSorted()).toEqual(
    (await membersOf("room-events.ts", "RoomEvents")).toSorted(),
  );
});

test("every code of an error is listed", async () => {
  const listed = namesIn(rowsUnder("code"));
  const own = (await read("errors.ts")).match(/own: ([^.]*)\./)?.[1]?.match(/\w+(?=`)/g) ?? [];
  expect(own.length).toBeGreaterThan(5);
  const graceful = ["normal", "protocol_error", "invalid_text", "message_too_big"];
  const closes = Object.keys(closeCodes).filter((name) => !graceful.includes(name));
  const expected = [...errorCodes, ...handshakeRefusalCodes, ...closes, ...own];
  expect(expected.filter((code) => !listed.includes(code))).toEqual([]);
});

test("the hook is as short as it is said to be", () => {
  const [, code = ""] = readme.match(/in 20 lines\n\n```tsx\n([\s\S]*?)```/) ?? [];
  const [, hook = ""] = code.split("\n\n");
  expect(hook.trimEnd().split("\n").length).toBeWithin(10, 21);
});
