import { resourceRequestSchema } from "@coatcheck/contract";
import type { SignInProvider } from "../providers/sign-in-provider.ts";
import type { BffRequest } from "../request/bff-request.ts";
import type { Access } from "../session/request-session.ts";
import { readOwnBody } from "./own-body.ts";

/** Reads from a request's body for which resource a token is wanted; `""`: the provider's own. @param own the session's */
export async function readResource(
  request: BffRequest,
  { config }: Pick<SignInProvider, "config">,
): Promise<Access<string>> {
  const asked = await readOwnBody(request, (json) => resourceRequestSchema.safeParse(json).data);
  if (asked.kind === "denied") return asked;
  const resource = asked.value.resource ?? "";
  // Without this, a page could make the provider mint tokens for resources that no route is meant for.
  return resource === "" || config.resources.includes(resource)
    ? { kind: "granted", value: resource }
    : { kind: "denied", problem: { code: "bad_request" } };
}
