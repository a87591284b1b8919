import { isSignedIn } from "@coatcheck/client";
import { useClient } from "@coatcheck/react";
import { expireAccessToken, fetchDemoEvents } from "../events/demo-calls.ts";
import type { OnProgress } from "../experiments/experiment.ts";
import type { MovePorts } from "./moves.ts";

/** What the moves need, from this page's client. */
export function useMovePorts(isDemo: boolean): (onProgress: OnProgress) => MovePorts {
  const client = useClient();
  return (onProgress) => ({
    userinfo: client.userinfo,
    refresh: client.refresh,
    validate: () => client.validate(),
    callApi: async () => {
      const response = await client.apiFetch("/api/notes?limit=1");
      await response.arrayBuffer();
      return response.status;
    },
    expire: () => expireAccessToken(client),
    coat: async () => {
      const session = await client.session.check();
      return isSignedIn(session) ? session.generation : undefined;
    },
    events: () => (isDemo ? fetchDemoEvents(client) : Promise.resolve([])),
    elapsedMs: () => performance.now(),
    serverNowMs: () => Date.now() + client.clockOffsetMs(),
    onProgress,
  });
}
