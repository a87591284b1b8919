import { createClient } from "../src/client.ts";
import type { PersonChange } from "../src/session-store.ts";
import { createFakePage } from "./fake-page.ts";
import { NOON, signedInView, type ScriptedBff } from "./scripted-bff.ts";

const stops: (() => void)[] = [];
/** Closes what was opened since the last call; for `afterEach`. */
export function closeTabs(): void {
  for (const stop of stops.splice(0)) stop();
}

/** The browser's clock: later each time it is looked at. */
let ticks = 0;
export const clock = () => NOON + (ticks += 1);

/** A tab of one browser: real BroadcastChannel and locks, injected clock and network. */
export async function openTab(bff: ScriptedBff, channelName = crypto.randomUUID(), now = clock) {
  const page = createFakePage(navigator.locks);
  const client = createClient({ fetch: bff.fetch, page, channelName, now, watchMs: 3_600_000 });
  const changes: PersonChange[] = [];
  client.onPersonChange((change) => changes.push(change));
  stops.push(client.start());
  await client.session.check();
  return { page, client, changes };
}

export function say(channelName: string, ...messages: unknown[]): void {
  const channel = new BroadcastChannel(channelName);
  stops.push(() => channel.close());
  for (const message of messages) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has no target
    channel.postMessage(message);
  }
}

/** Resolves when every message that was sent up to now has arrived. */
export async function heardBy(channelName: string): Promise<void> {
  const ear = new BroadcastChannel(channelName);
  stops.push(() => ear.close());
  const heard = new Promise((resolve) => ear.addEventListener("message", resolve));
  say(channelName, "end");
  await heard;
}

export const ines = (now = clock()) =>
  signedInView(now, { user: { sub: "ines" }, userKey: "key-of-ines", ticket: "2222" });
