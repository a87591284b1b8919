import type { BoundAccessToken } from "../access-credential.ts";
import type { HeaderList } from "../http-message.ts";
import type { PlannedCall } from "./plan-call.ts";

/** Adds the proof of a bound token; made anew for each sending, since a proof counts once. */
export async function withProof(
  { destination, headers }: PlannedCall,
  method: string,
  credential: BoundAccessToken,
): Promise<HeaderList> {
  const [path = ""] = destination.path.split("?");
  return [...headers, ["dpop", await credential.prove(method, destination.origin + path)]];
}
