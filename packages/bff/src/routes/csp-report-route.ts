import type { Parts } from "../parts.ts";
import type { Route } from "../route.ts";
import { readOwnBody } from "./own-body.ts";

const MAX_REPORTS_A_MINUTE = 10;
const MINUTE_MS = 60_000;

/** `POST /bff/csp-report`: what a browser blocked. Anybody may send one, so few are written down, and little of them. */
export function createCspReportRoute({ log, nowMs }: Pick<Parts, "log" | "nowMs">): Route {
  let minute = 0;
  let count = 0;
  return {
    methods: ["POST"],
    guard: "open",
    async handle(exchange) {
      const body = await readOwnBody(exchange, (json) => json);
      if (body.kind === "denied") return body.answer;
      const now = Math.floor(nowMs() / MINUTE_MS);
      if (now !== minute) [minute, count] = [now, 0];
      count += 1;
      if (count <= MAX_REPORTS_A_MINUTE) {
        const report = field(body.value, "csp-report");
        log({
          level: "warn",
          event: "csp_report",
          requestId: exchange.requestId,
          directive: text(field(report, "effective-directive") ?? field(report, "violated-directive")),
          blocked: withoutQuery(text(field(report, "blocked-uri"))),
        });
      }
      return { kind: "empty", status: 204 };
    },
  };
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
