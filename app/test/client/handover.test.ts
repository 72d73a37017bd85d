import { expect, test } from "bun:test";
import { cutAfter, cutBefore, type Fault, type FaultRule } from "../support/fault-proxy/fault.ts";
import { cutsEverywhere, FaultPlan } from "../support/fault-proxy/fault-plan.ts";
import { moments } from "../support/fault-proxy/moments.ts";
import { HandoverWorld } from "../support/handover-world.ts";
import { SeededRandom } from "../support/seeded-random.ts";

type Moment = keyof typeof moments;
type Loss = readonly [at: Moment, fault: Fault];

const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 32));
const amid: Fault = { kind: "cut", at: { bytes: 9 } };

/** A run under load, whose ledger has to be right in the end. */
async function underLoad(run: (world: HandoverWorld) => Promise<void>): Promise<void> {
  await using world = await HandoverWorld.start(new SeededRandom(seed));
  try {
    await run(world);
    expect(world.presenceEvents).toBe(0);
    await world.finish();
    expect([world.ledger.sum("resets"), world.ledger.sum("holes")]).toEqual([0, 0]);
  } catch (error) {
    console.error(`To run it again with the same choices: LEDGER_SEED=${seed}`);
    throw error;
  }
}

const interrupted = ({ disconnected, sockets }: HandoverWorld) => [...disconnected, ...sockets.interrupted];

test(
  "drains, and drains that are withdrawn: nobody is without a live socket, or seen to leave",
  () =>
    underLoad(async (world) => {
      const { blue, green } = world.servers;
      await world.swap();
      await world.swap();
      expect(world.ledger.sum("handovers")).toBe(2 * world.ledger.members.length);
      await world.withdraw(blue);
      expect(world.stays).toBeGreaterThan(0);
      await world.withdraw(green);
      await world.presenceGrace();
      expect(interrupted(world)).toEqual([]);
      expect(green.hub.connectionCount).toBeGreaterThan(0);
      expect(blue.hub.connectionCount + green.hub.connectionCount).toBe(world.ledger.members.length);
    }),
  150_000,
);

/** What of a new connection is lost before the old one is left. */
const losses: Loss[] = [
  ...(["request", "accept", "greeting", "join"] as const).flatMap((at): Loss[] => [
    [at, cutBefore],
    [at, amid],
    [at, cutAfter],
  ]),
  ["joinAnswer", cutBefore],
  ["joinAnswer", amid],
];

test(
  "a new connection that is cut at any step of its opening costs nobody the old one",
  () =>
    underLoad(async (world) => {
      const left = [...losses, ...losses];
      for (let swaps = 0; left.length > 0 && swaps < 6; swaps += 1) {
        const { accepted } = world.proxy;
        world.rule = loseInTurn(left, (connection) => connection <= accepted);
        await world.swap();
        expect(interrupted(world)).toEqual([]);
      }
      expect([left, world.proxy.faults]).toEqual([[], 2 * losses.length]);
    }),
  150_000,
);

/** Every new connection is lost in the next way, while there is one; it is planned with the request, and again if that is refused. */
function loseInTurn(left: Loss[], isOld: (connection: number) => boolean): FaultRule {
  const planned = new Map<number, Loss>();
  return (step) => {
    const { connection } = step;
    if (moments.request(step) && !isOld(connection)) {
      const loss = left.shift();
      if (loss !== undefined) planned.set(connection, loss);
    }
    const loss = planned.get(connection);
    if (loss === undefined) return null;
    const [at, fault] = loss;
    const isRefused = step.kind === "head" && step.from === "server" && !step.isUpgrade;
    if (isRefused) left.push(loss);
    if (isRefused || moments[at](step)) planned.delete(connection);
    return moments[at](step) ? fault : null;
  };
}

const opening: readonly Moment[] = ["request", "accept", "greeting", "join", "joinAnswer"];
/** From then on the new connection takes over at once. */
const greeted: readonly Moment[] = ["join", "joinAnswer"];

test(
  "an old connection that is cut at any step of the new one's opening costs nobody a message",
  () =>
    underLoad(async (world) => {
      for (const at of opening) {
        const olds = world.newest();
        let cuts = 0;
        world.disconnected.clear();
        world.rule = (step) => {
          const old = olds.get(world.sessionOf(step)) ?? step.connection;
          if (!moments[at](step) || old === step.connection) return null;
          cuts += 1;
          world.proxy.cut(old);
          return null;
        };
        await world.swap();
        expect([at, cuts >= world.ledger.members.length]).toEqual([at, true]);
        if (greeted.includes(at)) expect([at, ...world.disconnected]).toEqual([at]);
      }
    }),
  150_000,
);

test(
  "whatever else is cut while everybody moves back and forth, nothing is lost",
  () =>
    underLoad(async (world) => {
      const plan = new FaultPlan([...cutsEverywhere, { at: "request", fault: { kind: "duplicate" } }], 20);
      world.rule = (step) => plan.decide(step);
      for (let swaps = 0; swaps < 4; swaps += 1) await world.swap();
      while (plan.happened.includes(0)) await world.writes(20);
      world.rule = () => null;
    }),
  150_000,
);
