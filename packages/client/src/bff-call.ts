import type { Schema } from "@coatcheck/contract";
import { CoatcheckError } from "./coatcheck-error.ts";

export interface BffCallPorts {
  apiFetch: typeof fetch;
  baseUrl: string;
  timeoutMs: number;
}

/** Calls one of the BFF's own routes and checks the answer. */
export type BffCall = <T>(
  method: "GET" | "POST",
  path: string,
  schema: Schema<T>,
  body?: unknown,
) => Promise<T>;

/**
 * @throws {CoatcheckError} `network` (also after `timeoutMs`), `unexpected_answer`, or a problem code.
 */
export function createBffCall({ apiFetch, baseUrl, timeoutMs }: BffCallPorts): BffCall {
  return async (method, path, schema, body) => {
    const init: RequestInit = { method, signal: AbortSignal.timeout(timeoutMs) };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "content-type": "application/json" };
    }
    let status: number | undefined;
    try {
      const response = await apiFetch(baseUrl + path, init);
      status = response.status;
      const parsed = response.ok ? schema.safeParse(await response.json()) : undefined;
      if (parsed?.success) return parsed.data;
    } catch (cause) {
      if (cause instanceof CoatcheckError) throw cause;
      if (!(cause instanceof SyntaxError)) {
        throw new CoatcheckError("network", "The answer was late or broke off.", { status, cause });
      }
    }
    throw new CoatcheckError("unexpected_answer", `${path} gave an unexpected answer.`, { status });
  };
}
