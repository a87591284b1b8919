import type { CoatcheckClient } from "@coatcheck/client";
import { use } from "react";
import { CoatcheckContext } from "./coatcheck-context.ts";

/** The client of the page. Throws outside of `CoatcheckProvider`. */
export function useClient(): CoatcheckClient {
  const client = use(CoatcheckContext);
  if (!client) throw new Error("Put <CoatcheckProvider client={...}> around this.");
  return client;
}
