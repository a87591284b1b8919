import type { Endpoint, Lie, Reply } from "@coatcheck/testkit";
import type { Random } from "../sim/random.ts";
import { mutateMembers, mutateText } from "./mutate.ts";

const STATUSES = [
  200, 201, 204, 206, 301, 302, 307, 400, 401, 403, 404, 408, 418, 429, 451, 500, 502, 503, 504,
];
const CONTENT_TYPES = [
  "application/json",
  "application/json; charset=utf-16",
  "text/html",
  "application/x-www-form-urlencoded",
  "application/jwt",
  "",
  "x",
];
const ERRORS = [
  "invalid_grant",
  "invalid_client",
  "unauthorized_client",
  "interaction_required",
  "temporarily_unavailable",
  "bad_refresh_token",
];

/** One answer that a provider should never give, of one endpoint. */
export function oddReply(endpoints: readonly Endpoint[], random: Random): Lie {
  const endpoint = random.pick(endpoints);
  const change = random.weighted<(reply: Reply) => Reply>([
    [4, (reply) => ({ ...reply, body: changedJson(reply.body, random) })],
    [
      2,
      (reply) => ({ ...reply, body: typeof reply.body === "string" ? mutateText(reply.body, random) : "" }),
    ],
    [2, (reply) => ({ ...reply, status: random.pick(STATUSES) })],
    [
      2,
      () => ({
        status: random.pick(STATUSES.filter((status) => status !== 204)),
        headers: { "content-type": random.pick(CONTENT_TYPES) },
        body: mutateText(JSON.stringify({ error: random.pick(ERRORS) }), random),
      }),
    ],
    [1, () => ({ status: 302, headers: { location: "http://127.0.0.9/" }, body: null })],
    [1, (reply) => ({ ...reply, headers: { ...reply.headers, "content-type": random.pick(CONTENT_TYPES) } })],
  ]);
  return { name: "odd reply", reply: (at, reply) => (at === endpoint ? withBodyRule(change(reply)) : reply) };
}

/** An ID token whose claims or header are changed before they are signed. */
export function oddIdToken(random: Random): Lie {
  return {
    name: "odd ID token",
    idTokenDraft(draft) {
      mutateMembers(random.chance(0.8) ? draft.claims : draft.header, random);
      // Without one of ours, the provider's own library refuses to sign at all.
      draft.header["alg"] = "RS256";
    },
  };
}

function changedJson(body: Reply["body"], random: Random): string {
  try {
    const json: unknown = JSON.parse(typeof body === "string" ? body : "");
    if (typeof json !== "object" || json === null || Array.isArray(json)) return "[]";
    mutateMembers(json as Record<string, unknown>, random);
    return JSON.stringify(json);
  } catch {
    // Not JSON to begin with, such as an empty answer.
    return random.pick(["", "[]", "null", "{}", '"x"', "{"]);
  }
}

/** Some statuses carry no body; a server would refuse to send one. */
function withBodyRule(reply: Reply): Reply {
  return reply.status === 204 || reply.status === 304 ? { ...reply, body: null } : reply;
}
