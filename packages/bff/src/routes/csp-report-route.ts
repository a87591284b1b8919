import { BFF_PATHS } from "@coatcheck/contract";
import type { Hono } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";
import type { Parts } from "../parts.ts";
import { readOwnBody } from "./own-body.ts";

const MAX_REPORTS_A_MINUTE = 10;
const MINUTE_MS = 60_000;

/** `POST /bff/csp-report`: what a browser blocked. Anybody may send one, so few are written down, and little of them. */
export function addCspReportRoute(
  app: Hono<RouteEnv>,
  { log, nowMs, answerProblem }: Pick<Parts, "log" | "nowMs" | "answerProblem">,
): void {
  let minute = 0;
  let count = 0;
  app.post(BFF_PATHS.cspReport, async (c) => {
    const { bffRequest } = c.var;
    const { requestId } = bffRequest;
    const body = await readOwnBody(bffRequest, (json) => json);
    if (body.kind === "denied") return answerProblem(body.problem, requestId);
    const now = Math.floor(nowMs() / MINUTE_MS);
    if (now !== minute) [minute, count] = [now, 0];
    count += 1;
    if (count <= MAX_REPORTS_A_MINUTE) {
      const report = field(body.value, "csp-report");
      log({
        level: "warn",
        event: "csp_report",
        requestId,
        directive: text(field(report, "effective-directive") ?? field(report, "violated-directive")),
        blocked: withoutQuery(text(field(report, "blocked-uri"))),
      });
    }
    return c.body(null, 204);
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Without this, a code or a state in the address of a blocked page would stand in a log (S-135). */
function withoutQuery(uri: string): string {
  return uri.split(/[?#]/u)[0] ?? "";
}
