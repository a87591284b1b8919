import { CoatcheckError, isSignedIn, type CoatcheckClient } from "@coatcheck/client";
import { DEMO_PATHS, signOutRaceSchema } from "@coatcheck/contract";
import { useClient } from "@coatcheck/react";
import type { RefObject } from "react";
import {
  changeProvider,
  expireAccessToken,
  fetchDemoEvents,
  fetchProviderCounts,
  postToDemo,
} from "../events/demo-calls.ts";
import type { OnProgress } from "../experiments/experiment.ts";
import { callNotes } from "./call-notes.ts";
import { openTabs } from "./open-tabs.ts";
import type { StormPorts } from "./storm-ports.ts";

/** What the storms need, from this page. @param text where the person types */
export function useStormPorts(
  text: RefObject<HTMLTextAreaElement | null>,
): (onProgress: OnProgress) => StormPorts {
  const client = useClient();
  return (onProgress) => ({
    call: () => callNotes(client),
    expire: () => expireAccessToken(client),
    refresh: () => tryToRefresh(client),
    coat: async () => {
      const session = await client.session.check();
      return isSignedIn(session) ? session.generation : undefined;
    },
    events: () => fetchDemoEvents(client),
    counts: () => fetchProviderCounts(client),
    addFault: (fault) => changeProvider(client, { kind: "add", fault }),
    clearFaults: () => changeProvider(client, { kind: "clear" }),
    oldCookie: async (step) => {
      const answer = await postToDemo(client, DEMO_PATHS.oldCookie, { step });
      return (answer as { generation: number }).generation;
    },
    openTabs,
    signOutRace: async () => signOutRaceSchema.parse(await postToDemo(client, DEMO_PATHS.signOutRace, {})),
    endAtProvider: () => endAtProvider(client),
    beginTyping: () => text.current?.focus(),
    typed: () => text.current?.value ?? "",
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    elapsedMs: () => performance.now(),
    onProgress,
  });
}

async function tryToRefresh(client: CoatcheckClient): Promise<boolean> {
  try {
    await client.refresh();
    return true;
  } catch (error) {
    if (error instanceof CoatcheckError) return false;
    throw error;
  }
}

async function endAtProvider(client: CoatcheckClient): Promise<void> {
  const noticed = new Promise<void>((resolve) => {
    const stop = client.session.subscribe(() => {
      if (isSignedIn(client.session.get())) return;
      stop();
      resolve();
    });
  });
  await changeProvider(client, { kind: "end_and_report" });
  await noticed;
}
