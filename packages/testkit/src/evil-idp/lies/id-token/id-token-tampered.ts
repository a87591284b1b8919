import { base64url } from "jose";
import type { Lie } from "../../lie.ts";

/** The ID token's claims are changed after signing. */
export function idTokenTampered(changes: Readonly<Record<string, unknown>>): Lie {
  return {
    name: "id-token-tampered",
    tokenResponse(body) {
      const [header = "", payload = "", signature = ""] = String(body["id_token"]).split(".");
      const claims: unknown = JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
      const changed = base64url.encode(JSON.stringify({ ...(claims as object), ...changes }));
      body["id_token"] = `${header}.${changed}.${signature}`;
    },
  };
}
