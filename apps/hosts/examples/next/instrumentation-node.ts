import { setTimeout } from "node:timers/promises";
import { bff } from "./lib/bff";

await bff().ready();
// A deploy in the middle of a refresh costs no session. Start it with NEXT_MANUAL_SIG_HANDLE=true, or Next.js ends first.
process.once("SIGTERM", () => void close());

async function close(): Promise<void> {
  // From now on /readyz says no. Next.js goes on answering: what comes in the next second is waited for, too.
  await bff().drain();
  await setTimeout(1_000);
  await bff().drain();
  process.exit(0);
}
