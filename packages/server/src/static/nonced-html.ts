import { randomBytes } from "node:crypto";
import { ServerError } from "../server-error.ts";
import type { StaticFile } from "./static-site.ts";

/** What a build writes where the nonce belongs: Vite by `html: { cspNonce: "coatcheck-style-nonce" }`. */
const PLACEHOLDER = "coatcheck-style-nonce";
const NONCE_BYTES = 16;

/** The HTML of one answer, with its own nonce and the headers that name it. */
export interface NoncedHtml {
  readonly body: Buffer;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * Makes what writes a fresh nonce into the HTML for each answer, where styles that scripts write need one.
 *
 * @param headersFor the HTML's security headers with a nonce.
 * @throws {ServerError} `web_missing`: the HTML has no place for a nonce.
 */
export function createNoncedHtml(
  index: StaticFile,
  headersFor: (nonce: string) => NoncedHtml["headers"],
): () => NoncedHtml {
  const parts = index.body.toString().split(PLACEHOLDER);
  if (parts.length === 1) {
    throw new ServerError(
      "web_missing",
      `PAGE_STYLE_NONCE is on, and index.html has no "${PLACEHOLDER}"`,
      `build it with \`html: { cspNonce: "${PLACEHOLDER}" }\` (Vite).`,
    );
  }
  return () => {
    const nonce = randomBytes(NONCE_BYTES).toString("base64url");
    return { body: Buffer.from(parts.join(nonce)), headers: headersFor(nonce) };
  };
}
