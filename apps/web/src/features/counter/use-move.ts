import { isSignedIn } from "@coatcheck/client";
import { useClient } from "@coatcheck/react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { RENEWING } from "../ticket/use-live-ticket.ts";
import { expireAccessToken, fetchDemoEvents } from "./demo-events.ts";
import { describeFailure } from "./move-failure.ts";
import type { Move, MovePorts, MoveResult } from "./moves.ts";

/** Runs a move and keeps what it showed; a failure is a result, too. */
export function useMove(move: Move, isDemo: boolean) {
  const client = useClient();
  const [progress, setProgress] = useState(0);

  const ports: MovePorts = {
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
    onProgress: setProgress,
  };

  const mutation = useMutation({
    mutationKey: move.renews === true ? RENEWING : ["move", move.id],
    mutationFn: async (): Promise<MoveResult> => {
      const startedAt = performance.now();
      try {
        return await move.run(ports);
      } catch (error) {
        return describeFailure(error, Math.round(performance.now() - startedAt));
      }
    },
  });

  return {
    result: mutation.data,
    isRunning: mutation.isPending,
    progress,
    run: () => {
      if (!mutation.isPending) mutation.mutate();
    },
  };
}
