import { expect, it } from "vitest";
import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import { warnOfIgnoredProxy } from "../process/warn-of-ignored-proxy.ts";
import { examineEgress } from "./examine-egress.ts";
import { reportFindings } from "./report-findings.ts";

const PROXY = "http://user:hunter2@proxy.example:3128";

it.each<readonly [EnvironmentRecord, string]>([
  [{ HTTPS_PROXY: PROXY }, "HTTPS_PROXY"],
  [{ https_proxy: PROXY, NODE_USE_ENV_PROXY: "1" }, "https_proxy"],
  [{ HTTP_PROXY: PROXY, http_proxy: PROXY }, "HTTP_PROXY http_proxy"],
])("with %j, one line of the log and a note say that calls go directly", (environment, variables) => {
  const lines: object[] = [];
  warnOfIgnoredProxy(environment, (line) => void lines.push(line));
  const warning = { level: "warn", event: "egress_proxy_ignored", variables };
  expect(lines).toEqual([{ ...warning, advice: expect.stringContaining("directly") }]);
  const { text, exitCode } = reportFindings(examineEgress(environment));
  expect([text.startsWith("note: "), exitCode]).toEqual([true, 0]);
  expect(text + JSON.stringify(lines)).not.toContain("hunter2");
});

it.each<EnvironmentRecord>([{}, { HTTPS_PROXY: "" }, { NO_PROXY: "*" }, { NODE_USE_ENV_PROXY: "1" }])(
  "with %j, nothing is said",
  (environment) => {
    const lines: object[] = [];
    warnOfIgnoredProxy(environment, (line) => void lines.push(line));
    expect([...lines, ...examineEgress(environment)]).toEqual([]);
  },
);
