import { describe, expect, test } from "bun:test";
import { countTold, DrainWorld, isTold } from "../support/drain-world.ts";

const pace = { ratePerSecond: 20, graceMs: 5000 };

describe("the rate", () => {
  test("is kept to in every second, until everybody was told once", () => {
    const world = new DrainWorld();
    const clients = world.crowd(90);
    world.hub.drain.begin({ ...pace, graceMs: 60_000 });
    expect(world.toldPerSecond(6)).toEqual([20, 20, 20, 20, 10, 0]);
    expect(clients.map(({ socket }) => socket.framesOf("goodbye"))).toEqual(
      clients.map(() => [
        { type: "goodbye", payload: { reason: "draining", closesInMs: 60_000, reconnect: true } },
      ]),
    );
  });

  test.each([1, 3, 7, 333, 1000])("may be %i", (ratePerSecond) => {
    const world = new DrainWorld();
    world.crowd(3 * ratePerSecond);
    world.hub.drain.begin({ ...pace, ratePerSecond });
    expect(world.toldPerSecond(4)).toEqual([ratePerSecond, ratePerSecond, ratePerSecond, 0]);
  });

  test("is spread over the second", () => {
    const world = new DrainWorld();
    world.crowd(100);
    world.hub.drain.begin(pace);
    for (let told = 1; told <= 20; told += 1) {
      world.clock.advance(50);
      expect(countTold(world.clients)).toBe(told);
    }
  });

  test("is not made up for after a pause of the process", () => {
    const world = new DrainWorld();
    world.crowd(100);
    world.hub.drain.begin(pace);
    world.clock.pause(60_000);
    world.clock.advance(0);
    expect(countTold(world.clients)).toBe(2);
  });

  test("is not saved up while nobody has to be told", () => {
    const world = new DrainWorld();
    world.crowd(100);
    world.hub.drain.begin({ ...pace, percent: 10 });
    expect(world.toldPerSecond(3)).toEqual([10, 0, 0]);
    world.hub.drain.begin(pace);
    expect(world.toldPerSecond(1)).toEqual([20]);
  });
});

test("the order is random: by chance, not by arrival", () => {
  const firstTold = () => world.clients.findIndex(isTold);
  const world = new DrainWorld();
  world.crowd(50);
  const firsts = new Set<number>();
  for (let round = 0; round < 20; round += 1) {
    world.hub.drain.begin({ ratePerSecond: 40, graceMs: 5000 });
    world.clock.advance(25);
    firsts.add(firstTold());
    world.hub.drain.undrain();
    for (const { socket } of world.clients) socket.texts.length = 0;
  }
  expect(firsts.size).toBeGreaterThan(10);
});

describe("one address", () => {
  test("gets four goodbyes per second, whatever the rate", () => {
    const world = new DrainWorld();
    const crowded = world.crowd(30, "192.0.2.1");
    world.hub.drain.begin({ ...pace, ratePerSecond: 1000, graceMs: 60_000 });
    for (let quarter = 1; quarter <= 30; quarter += 1) {
      world.clock.advance(quarter === 1 ? 25 : 250);
      expect(countTold(crowded)).toBe(quarter);
    }
  });

  test("holds up no other, and no exempt connection", () => {
    const world = new DrainWorld();
    const crowded = world.crowd(200, "192.0.2.1");
    const others = Array.from({ length: 40 }, (_, index) => world.crowd(1, `198.51.100.${index}`)).flat();
    const exempt = world.crowd(40);
    world.hub.drain.begin(pace);
    world.clock.advance(5500);
    expect([countTold(others), countTold(exempt)]).toEqual([40, 40]);
    expect(countTold(crowded)).toBeGreaterThan(15);
    expect(countTold(crowded)).toBeLessThanOrEqual(23);
  });

  test("saves up no turns while nobody is told", () => {
    const world = new DrainWorld();
    const crowded = world.crowd(100, "192.0.2.1");
    world.hub.drain.begin({ ...pace, percent: 1 });
    world.clock.advance(10_000);
    world.hub.drain.begin({ ...pace, ratePerSecond: 1000, graceMs: 60_000 });
    expect(world.toldPerSecond(3, crowded)).toEqual([4, 4, 4]);
  });

  test("shares the rate with the others", () => {
    const world = new DrainWorld();
    for (let index = 0; index < 20; index += 1) world.crowd(10, `198.51.100.${index}`);
    world.hub.drain.begin(pace);
    expect(world.toldPerSecond(11)).toEqual([...new Array(10).fill(20), 0]);
  });
});

describe("a deadline", () => {
  test("that the pace meets changes nothing", () => {
    const world = new DrainWorld();
    world.crowd(60);
    world.hub.drain.begin({ ...pace, deadlineMs: 20_000 });
    expect(world.toldPerSecond(4)).toEqual([20, 20, 20, 0]);
  });

  test("that the pace would miss spreads the goodbyes evenly over the time left", () => {
    const world = new DrainWorld();
    world.crowd(1000);
    world.hub.drain.begin({ ...pace, deadlineMs: 15_000 });
    expect(world.toldPerSecond(10)).toEqual(new Array(10).fill(100));
    world.clock.advance(5000);
    expect(world.hub.drain.status()).toMatchObject({ state: "drained", forced: 1000 });
  });

  test("hurries those of one address, too, evenly, and no other address", () => {
    const world = new DrainWorld();
    const crowded = world.crowd(100, "192.0.2.1");
    const others = world.crowd(20, "192.0.2.2");
    world.hub.drain.begin({ ...pace, deadlineMs: 15_000 });
    const told = world.toldPerSecond(10, crowded);
    expect(Math.max(...told) - Math.min(...told)).toBeLessThanOrEqual(2);
    expect([countTold(crowded), countTold(others)]).toEqual([100, 20]);
  });

  test("may take several goodbyes of one address in one turn", () => {
    const world = new DrainWorld();
    world.crowd(1000, "192.0.2.1");
    world.hub.drain.begin({ ratePerSecond: 1, graceMs: 1000, deadlineMs: 3000 });
    const [first = 0, second = 0] = world.toldPerSecond(2);
    expect(first + second).toBe(1000);
    expect(Math.abs(first - second)).toBeLessThanOrEqual(10);
  });

  test("shorter than two graces shortens the grace, and says so", () => {
    const world = new DrainWorld();
    world.crowd(10);
    world.hub.drain.begin({ ...pace, deadlineMs: 2000 });
    world.clock.advance(1000);
    const goodbyes = world.clients.map(({ socket }) => socket.framesOf("goodbye")[0]?.payload.closesInMs);
    expect(goodbyes).toEqual(new Array(10).fill(1000));
    world.clock.advance(1000);
    expect(world.hub.drain.state).toBe("drained");
  });

  test("comes nearer while the engine is down, and is met when it is up in time", () => {
    const world = new DrainWorld();
    world.crowd(1000);
    world.hub.drain.begin({ ...pace, deadlineMs: 15_000 });
    world.isEngineHealthy = false;
    expect(world.toldPerSecond(5)).toEqual([0, 0, 0, 0, 0]);
    world.isEngineHealthy = true;
    expect(world.toldPerSecond(5)).toEqual(new Array(5).fill(200));
  });

  test("that passed while the engine was down is made up for at once", () => {
    const world = new DrainWorld();
    world.crowd(400);
    world.isEngineHealthy = false;
    world.hub.drain.begin({ ...pace, deadlineMs: 15_000 });
    world.clock.advance(12_000);
    world.isEngineHealthy = true;
    expect(world.toldPerSecond(1)).toEqual([400]);
  });
});

describe("a percentage", () => {
  const shares: [connections: number, percent: number, told: number][] = [
    [100, 10, 10],
    [10, 1, 1],
    [10, 11, 2],
    [3, 50, 2],
    [7, 100, 7],
    [0, 50, 0],
  ];
  test.each(shares)("of %i connections, %i, is %i", (connections, percent, told) => {
    const world = new DrainWorld();
    world.crowd(connections);
    world.hub.drain.begin({ ratePerSecond: 1000, graceMs: 60_000, percent });
    world.clock.advance(10_000);
    expect(countTold(world.clients)).toBe(told);
  });

  test("is of those who were there at the beginning, whoever has left since", () => {
    const world = new DrainWorld();
    world.crowd(100);
    world.hub.drain.begin({ ...pace, percent: 50 });
    world.clock.advance(1000);
    for (const client of world.clients.filter((each) => !isTold(each)).slice(0, 40)) client.vanish();
    world.clock.advance(10_000);
    expect(countTold(world.clients)).toBe(50);
  });

  test("may be raised, and told nobody twice", () => {
    const world = new DrainWorld();
    world.crowd(100);
    for (const [percent, told] of [
      [10, 10],
      [30, 30],
      [20, 30],
      [100, 100],
    ] as const) {
      world.hub.drain.begin({ ratePerSecond: 1000, graceMs: 60_000, percent });
      world.clock.advance(1000);
      expect([countTold(world.clients), world.hub.drain.status().percent]).toEqual([told, percent]);
    }
    expect(world.sent.filter((type) => type === "goodbye")).toHaveLength(100);
  });
});

test("a turn looks at few connections, though thousands wait for their address", () => {
  const world = new DrainWorld();
  const others = world.crowd(5, "192.0.2.2");
  let looks = 0;
  const address = () => {
    looks += 1;
    return "192.0.2.1";
  };
  for (const { connection } of world.crowd(5000, "192.0.2.1"))
    Object.defineProperty(connection, "address", { get: address });
  world.hub.drain.begin(pace);
  looks = 0;
  for (let turn = 0; turn < 40; turn += 1) {
    world.clock.advance(25);
    expect(looks).toBeLessThan(600);
    looks = 0;
  }
  world.clock.advance(4000);
  expect(countTold(others)).toBe(5);
});
