import { findRedisServer, startRedisServer, type RedisServer } from "@coatcheck/testkit/node";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settingsOf } from "../environment/good-environment.fixture.ts";
import { openLedger } from "./open-ledger.ts";

const file = await findRedisServer(process.env["PATH"]);

describe.skipIf(file === undefined)("a ledger in Redis whose password is rotated", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer(file ?? "");
  });
  afterAll(() => redis.stop());

  it("comes back with the new password, in connections that begin later", async () => {
    const admin = createClient({ url: redis.url });
    admin.on("error", () => undefined);
    await admin.connect();
    const urlWith = (password: string): string => redis.url.replace("//", `//app:${password}@`);
    const allow = async (password: string): Promise<unknown> =>
      admin.sendCommand(["ACL", "SETUSER", "app", "on", "resetpass", `>${password}`, "~*", "&*", "+@all"]);
    await allow("one%2F");
    const settings = settingsOf({ LEDGER_FILE: undefined, LEDGER_REDIS_URL: urlWith("one%252F") });
    const { ledger, renew } = await openLedger(settings, () => undefined);
    await ledger.probe();
    await allow("two");
    // What is open stays open, until something breaks it.
    await ledger.probe();
    await admin.sendCommand(["CLIENT", "KILL", "USER", "app"]);
    await expect(ledger.probe()).rejects.toMatchObject({ name: "TokensError" });
    renew?.({ ...settings, ledgerRedisUrl: urlWith("two") });
    const isUp = () =>
      ledger.probe().then(
        () => true,
        () => false,
      );
    await expect.poll(isUp, { timeout: 15_000, interval: 50 }).toBe(true);
    await ledger.close();
    admin.destroy();
  });
});
