import { createClient } from "redis";
import { sleep } from "./sleep.ts";

/** Somebody else's keys, which come and go: so the memory is at its limit, and a write gets through now and then. */
const ROOM_BYTES = 400_000;
const JUNK_BYTES = 16_000;
const JUNK_MS = 300;
const JUNK_EVERY_MS = 25;

/** Keeps Redis at its limit for one half of the time, and beyond it for the other. @returns how many writes were refused */
export async function fillMemory(url: string, seconds: number): Promise<number> {
  const client = createClient({ url });
  await client.connect();
  let refused = 0;
  try {
    const prefix = await ownPrefix(client);
    const used = Number(/used_memory:(\d+)/u.exec(await client.info("memory"))?.[1]);
    await client.configSet("maxmemory", String(used + ROOM_BYTES));
    const until = Date.now() + seconds * 500;
    for (let count = 0; Date.now() < until; count += 1) {
      const written = await Promise.allSettled(
        Array.from({ length: 4 }, (_, index) =>
          client.set(`${prefix}:${count}:${index}`, "x".repeat(JUNK_BYTES), { PX: JUNK_MS }),
        ),
      );
      refused += written.filter(({ status }) => status === "rejected").length;
      await sleep(JUNK_EVERY_MS);
    }
    await client.configSet("maxmemory", "1");
    await sleep(seconds * 500);
  } finally {
    await client.configSet("maxmemory", "0");
    await client.close();
  }
  return refused;
}

/** In a cluster each node has a part of the keys only: those after this are this node's. */
async function ownPrefix(client: { get(key: string): Promise<unknown> }): Promise<string> {
  for (let count = 0; ; count += 1) {
    const prefix = `junk:{${count}}`;
    try {
      await client.get(prefix);
      return prefix;
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("MOVED ")) throw error;
    }
  }
}
