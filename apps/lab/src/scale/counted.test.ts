import { describe, expect, it } from "vitest";
import { findPostgres, findRedisServer } from "@coatcheck/testkit/node";
import { DEEDS, type DeedName } from "./deeds.ts";
import { openDeedBench } from "./measure-deeds.ts";
import { METERED_STORES, type MeteredName } from "../metered/metered-store.ts";

/** Of each deed: messages to the store and back; commands of Redis, also those inside scripts; statements of SQLite. */
const EXPECTED: Readonly<Record<Exclude<DeedName, "awaited">, Readonly<Record<MeteredName, number>>>> = {
  call: { redis: 0, postgres: 0, sqlite: 0 },
  led: { redis: 6, postgres: 6, sqlite: 23 },
  beside: { redis: 6, postgres: 6, sqlite: 23 },
  atOnce: { redis: 44, postgres: 44, sqlite: 213 },
  replayed: { redis: 3, postgres: 3, sqlite: 19 },
  touch: { redis: 2, postgres: 2, sqlite: 9 },
  acknowledged: { redis: 2, postgres: 2, sqlite: 9 },
  listed: { redis: 2, postgres: 2, sqlite: 4 },
  signOut: { redis: 4, postgres: 2, sqlite: 10 },
  backChannel: { redis: 3, postgres: 2, sqlite: 5 },
};
/** How often one looks who waits for another instance depends on how long it takes. */
const NAMES = (Object.keys(DEEDS) as DeedName[]).filter((name) => name !== "awaited");
const isHere: Readonly<Record<MeteredName, boolean>> = {
  redis: (await findRedisServer(process.env["PATH"])) !== undefined,
  postgres: (await findPostgres(process.env["PATH"])) !== undefined,
  sqlite: true,
};

describe.each(Object.keys(METERED_STORES) as MeteredName[])("what a request asks of %s", (store) => {
  it.skipIf(!isHere[store])("is as many messages as are known", { timeout: 90_000 }, async () => {
    const metered = await METERED_STORES[store]();
    try {
      const bench = await openDeedBench(metered);
      const counted: Partial<Record<DeedName, unknown>> = {};
      for (const name of NAMES) {
        const cost = await bench.measure(name, 1, 1);
        counted[name] = store === "sqlite" ? cost.commands : cost.roundTrips;
      }
      await bench.close();
      // One more where a second has passed since the record was last kept for longer.
      expect([EXPECTED.replayed[store], EXPECTED.replayed[store] + 1]).toContain(counted.replayed);
      counted.replayed = EXPECTED.replayed[store];
      expect(counted).toEqual(Object.fromEntries(NAMES.map((name) => [name, EXPECTED[name][store]])));
    } finally {
      await metered.close();
    }
  });
});
