import { createServer } from "node:net";
import { listenOnLoopback } from "./listen-on-loopback.ts";

/** A loopback port on which nobody listened a moment ago. */
export async function freePort(): Promise<number> {
  const { port, close } = await listenOnLoopback(createServer());
  await close();
  return port;
}
