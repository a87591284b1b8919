import type { Reading } from "../../reading/reading.ts";

/** Where a call passes, in order. */
export type Station = { name: string; does: string; code: Reading; docs: Reading };

export const STATIONS: readonly Station[] = [
  {
    name: "Browser",
    does: "The page’s fetch adds two headers of ours and no credential: the cookie goes by itself.",
    code: "apiFetch",
    docs: "readme",
  },
  {
    name: "Guard",
    does: "Is it our own page’s script? Refused before anything is opened, if not.",
    code: "guard",
    docs: "securityItems",
  },
  {
    name: "Session",
    does: "Checks the tag around the seal, opens the cookie, looks at the deadlines.",
    code: "openSession",
    docs: "architecture",
  },
  {
    name: "Fresh token",
    does: "Uses the token while it lives; else one refresh for all who ask.",
    code: "ensureFresh",
    docs: "flows",
  },
  {
    name: "Forward",
    does: "Copies the headers that may pass, adds the token, streams both ways.",
    code: "forward",
    docs: "securityItems",
  },
  {
    name: "Answer",
    does: "Walks to the newest coat and writes the cookie when the headers leave.",
    code: "closeSession",
    docs: "flows",
  },
];
