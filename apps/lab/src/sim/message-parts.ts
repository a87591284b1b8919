import { hash } from "node:crypto";
import type { BffResponse } from "@coatcheck/bff";
import type { SetCookie } from "./sim-browser.ts";
import { ISSUER } from "./sim-provider.ts";

export const SESSION_COOKIE = /^__Host-coatcheck-[0-9a-f]{8}$/u;
const encoder = new TextEncoder();

/** It sets the cookie of a session. */
export function isSession({ name, isRemoval }: SetCookie): boolean {
  return !isRemoval && SESSION_COOKIE.test(name);
}

/** What a page sends to say for whom it was rendered. */
export function userKeyOf(person: string): string {
  return hash("sha256", JSON.stringify([ISSUER, person]), "hex").slice(0, 32);
}

export function headerOf(response: BffResponse, wanted: string): string | undefined {
  return response.headers.find(([name]) => name === wanted)?.[1];
}

export function oneChunk(text: string): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      yield encoder.encode(text);
    },
  };
}

/** The JSON of a response; `{}` without. */
export async function readJson(response: BffResponse): Promise<unknown> {
  if (response.body === null || !(headerOf(response, "content-type") ?? "").includes("json")) return {};
  if (typeof response.body === "string") return response.body === "" ? {} : JSON.parse(response.body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
