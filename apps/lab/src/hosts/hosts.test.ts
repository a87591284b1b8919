import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOSTS } from "./all-hosts.ts";
import { HOST_CHECKS } from "./checks.ts";
import { setHostStage, type HostStage } from "./host-stage.ts";
import { workerHost } from "./worker-host.ts";

/** Bun, Deno and workerd are installed by `pnpm runtimes`, and tried here where that was done. */
describe.each(HOSTS)("$name", (host) => {
  let staged: { readonly stage: HostStage; close(): Promise<void> } | undefined;
  beforeAll(async () => {
    if (host.isAtHand()) staged = await setHostStage(host);
  }, 120_000);
  afterAll(async () => staged?.close(), 60_000);

  it.for(HOST_CHECKS)("$name", { timeout: 120_000 }, async ({ name, isLong, run }, { skip }) => {
    const stage = staged?.stage ?? skip("it isn't installed: pnpm runtimes does that");
    const reason = host.lacks[name];
    if (reason !== undefined) skip(reason);
    // The others stop nothing together with a request.
    if (isLong === true && host !== workerHost) skip("it takes long: pnpm runtimes tries it");
    expect(await run(stage)).not.toBe("");
  });
});
