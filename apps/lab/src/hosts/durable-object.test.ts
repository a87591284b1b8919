import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDurableObjectLedger } from "@coatcheck/tokens/durable-object";
import { describeLedger } from "@coatcheck/tokens/suite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findRuntime } from "./runtime-folder.ts";
import { bundleWorker, startWorkerd, workerOf, type Miniflare } from "./worker-host.ts";

const BINDING = "LEDGER";

/** The object in the runtime that it is for; Node reaches it by miniflare. The race of two isolates is in `hosts.test.ts`. */
describe.skipIf(findRuntime("workerd") === undefined)("in workerd (pnpm runtimes installs it)", () => {
  let folder: string;
  let workerd: Miniflare;
  let count = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "coatcheck-object-"));
    const script = await bundleWorker("apps/lab/src/hosts/damageable-ledger.worker.ts", folder);
    const objects = { [BINDING]: { className: "DamageableLedger", useSQLite: true } };
    workerd = await startWorkerd({
      port: 0,
      host: "127.0.0.1",
      workers: [workerOf("objects", script, {}, objects)],
    });
    await workerd.ready;
  }, 120_000);
  afterAll(async () => {
    await workerd.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  async function openObjects() {
    const namespace = await workerd.getDurableObjectNamespace(BINDING);
    const name = `object-${(count += 1)}`;
    const ask = async (path: string, body = "", object = name): Promise<unknown> =>
      (await namespace.getByName(object).fetch(`https://object${path}`, { method: "POST", body })).json();
    return { namespace, name, ask };
  }

  describe.each([1, 3])("objects: %i", (shards) => {
    describeLedger("in Durable Objects, two handles", async () => {
      const { namespace, name, ask } = await openObjects();
      const ledger = createDurableObjectLedger({ namespace, name, shards });
      const other = createDurableObjectLedger({ namespace, name, shards });
      return {
        ledger,
        other,
        async damage(key) {
          for (const object of [name, `${name}-1`, `${name}-2`]) await ask("/damage", key, object);
        },
        async close() {
          await ledger.close();
          await other.close();
        },
      };
    });
  });

  it("takes away by its alarm what has outlived its time, and sets another one only while anything is left", async () => {
    const { namespace, name, ask } = await openObjects();
    const ledger = createDurableObjectLedger({ namespace, name });
    const at = { tombstones: [], idTokenIat: 1, keepMs: -59_999, endedKeepMs: 60_000 };
    await ledger.claim(
      { ...at, key: "short" },
      { generation: 0, fence: "a", leaseMs: 1, mayRepeatAmbiguous: false },
    );
    await ledger.end({ ...at, key: "long" }, { generation: 0, reason: "signed_out" });
    expect(await ask("/rows")).toEqual({ records: 2 });
    await expect
      .poll(async () => (await ask("/alarm"), ask("/rows")), { timeout: 10_000 })
      .toEqual({ records: 1 });
    expect(await ask("/alarm")).toEqual({ alarmAt: expect.any(Number) });
    await ledger.close();
  });
});
