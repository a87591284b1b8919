import { isSignedIn } from "@coatcheck/client";
import type { DemoEvent } from "@coatcheck/contract";
import { useClient, useSession } from "@coatcheck/react";
import { useQuery } from "@tanstack/react-query";
import { fetchDemoEvents } from "./demo-calls.ts";

const LOOK_EVERY_MS = 2_000;
const NONE: readonly DemoEvent[] = [];

/** What the server did for this session, kept up to date while the page is visible. */
export function useDemoEvents(): readonly DemoEvent[] {
  const client = useClient();
  const session = useSession();
  const { data = NONE } = useQuery({
    queryKey: ["demo", "events"],
    queryFn: () => fetchDemoEvents(client),
    refetchInterval: LOOK_EVERY_MS,
    enabled: isSignedIn(session),
  });
  return data;
}
