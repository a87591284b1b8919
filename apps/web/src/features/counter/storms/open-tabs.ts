import { createClient, isSignedIn, type CoatcheckClient } from "@coatcheck/client";
import { BFF_PATHS } from "@coatcheck/contract";
import { callNotes } from "./call-notes.ts";
import type { TabEnd } from "./storm-ports.ts";

/** Tabs hear of one another's refreshes within this. */
const AGREE_WITHIN_MS = 1_000;
const LOOK_EVERY_MS = 50;

type Tab = { client: CoatcheckClient; questions: () => number };

/** Clients as tabs have them: each with a view of its own, and the browser's channel and locks between them. */
export async function openTabs(count: number): Promise<readonly TabEnd[]> {
  const tabs = Array.from({ length: count }, createTab);
  const stops = tabs.map(({ client }) => client.start());
  try {
    const calls = await Promise.all(tabs.map(({ client }) => callNotes(client)));
    await waitForAgreement(tabs);
    return tabs.map((tab, index) => ({
      call: calls[index] ?? { status: 0, ms: 0 },
      coat: coatOf(tab),
      questions: tab.questions(),
    }));
  } finally {
    for (const stop of stops) stop();
  }
}

function createTab(): Tab {
  let questions = 0;
  const client = createClient({
    fetch: (input, init) => {
      const url = typeof input === "object" && "url" in input ? input.url : String(input);
      if (new URL(url, location.href).pathname === BFF_PATHS.session) questions += 1;
      return fetch(input, init);
    },
  });
  return { client, questions: () => questions };
}

function coatOf({ client }: Tab): number | undefined {
  const state = client.session.get();
  return isSignedIn(state) ? state.generation : undefined;
}

async function waitForAgreement(tabs: readonly Tab[]): Promise<void> {
  for (let waited = 0; waited < AGREE_WITHIN_MS; waited += LOOK_EVERY_MS) {
    const coats = new Set(tabs.map(coatOf));
    if (coats.size === 1 && !coats.has(undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
