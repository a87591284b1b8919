import type { FaultInput } from "./fault.ts";

interface SwitchCall {
  /** As `ControlCalls` take it. */
  readonly call: string;
  readonly body?: unknown;
  readonly query?: URLSearchParams;
}

/** Something that goes wrong, or right again, for one person. */
export interface PersonSwitch {
  readonly name: string;
  readonly label: string;
  callFor(user: string): SwitchCall;
}

function fault(name: string, label: string, input: FaultInput): PersonSwitch {
  return { name, label, callFor: (user) => ({ call: "POST /faults", body: { ...input, user } }) };
}

function lifetime(name: string, label: string, seconds: number | null): PersonSwitch {
  const call = "PUT /access-token-lifetime";
  return { name, label, callFor: (user) => ({ call, body: { seconds, user } }) };
}

function ending(name: string, label: string, call: string): PersonSwitch {
  return { name, label, callFor: (user) => ({ call, body: { user } }) };
}

/** What the page offers for each person, in its order. */
export const PERSON_SWITCHES: readonly PersonSwitch[] = [
  fault("down", "Be down", { kind: "unavailable", endpoint: "any" }),
  fault("slow", "Take 5 s", { kind: "delay", ms: 5_000, endpoint: "any" }),
  fault("lose-answer", "Refresh, and lose the answer once", {
    kind: "reset",
    when: "after",
    grant: "refresh_token",
    times: 1,
  }),
  fault("refuse", "Refuse the next refresh", {
    kind: "answer",
    status: 400,
    body: '{"error":"invalid_grant"}',
    grant: "refresh_token",
    times: 1,
  }),
  {
    name: "clear",
    label: "Work again",
    callFor: (user) => ({ call: "DELETE /faults", query: new URLSearchParams({ user }) }),
  },
  lifetime("short", "Tokens live 5 s", 5),
  lifetime("default", "Tokens live as usual", null),
  ending("revoke", "Revoke refresh tokens", "POST /revoke-grants"),
  ending("end-session", "End the session here", "POST /end-session"),
  ending("backchannel", "Send a back-channel logout", "POST /backchannel-logout"),
];

export function findSwitch(name: string): PersonSwitch | undefined {
  return PERSON_SWITCHES.find((candidate) => candidate.name === name);
}
