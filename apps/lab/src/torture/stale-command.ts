import { parseArgs } from "node:util";
import { coatcheck } from "./adapters/coatcheck.ts";
import { appendToJsonList } from "./json-list.ts";
import { pauseUntil } from "./pause.ts";
import { takeSeat } from "./seat.ts";
import { setStage } from "./stage.ts";
import { createTally } from "./tally.ts";

/**
 * `pnpm torture:stale`: an old cookie after its time, which is set to a minute. It must be refused with `stale_cookie`
 * without a question to the provider, and the session must go on with its newer cookie. Ends with exit code 1 otherwise.
 */
const { values } = parseArgs({ options: { json: { type: "string" } } });
const STALE_COOKIE_SECONDS = 60;
const TOKEN_SECONDS = 5;
/** After that, a request with the new cookie says that everybody has it. */
const SETTLED_MS = 125_000;
const SLACK_MS = 3_000;

const stage = await setStage({
  target: coatcheck,
  instances: 1,
  workers: 1,
  ledger: "sqlite",
  tokenSeconds: TOKEN_SECONDS,
  people: 1,
  environment: { STALE_COOKIE_SECONDS: String(STALE_COOKIE_SECONDS) },
});
try {
  const { visitor, expiredAtMs } = await takeSeat(stage, createTally());
  const { sub } = visitor.person;
  await stage.control.setAccessTokenLifetime(3_600, sub);
  await pauseUntil(expiredAtMs);
  const oldCookie = visitor.cookie();
  const refreshed = await visitor.call();
  console.log(`  refreshed: ${refreshed.status}; the old cookie waits`);
  const inTime = await visitor.call({ cookie: oldCookie });
  console.log(`  shown at once: ${inTime.status}`);
  await pauseUntil(inTime.answeredAtMs + SETTLED_MS);
  const settling = await visitor.call();
  console.log(`  the new cookie ${SETTLED_MS / 1_000} s later: ${settling.status}`);
  await pauseUntil(settling.answeredAtMs + STALE_COOKIE_SECONDS * 1_000 + SLACK_MS);
  const before = stage.idp.counters(sub).tokenCalls;
  const late = await visitor.call({ cookie: oldCookie });
  const providerAsked = stage.idp.counters(sub).tokenCalls - before;
  const isStaleCookie = late.status === 401 && late.problem === "stale_cookie";
  const current = await visitor.call();
  const report = {
    staleCookieSeconds: STALE_COOKIE_SECONDS,
    inTimeStatus: inTime.status,
    lateStatus: late.status,
    lateProblem: late.problem,
    providerAsked,
    newCookieStatus: current.status,
    grantsRevoked: stage.idp.counters().grantsRevoked,
  };
  if (values.json !== undefined) await appendToJsonList(values.json, [report]);
  console.log(
    `  the old cookie beyond its time: ${late.status} ${late.problem ?? ""}, token calls: ${providerAsked}`,
  );
  console.log(`  the new cookie after that: ${current.status}, grants revoked: ${report.grantsRevoked}`);
  const isKept =
    inTime.status === 200 &&
    isStaleCookie &&
    providerAsked === 0 &&
    current.status === 200 &&
    report.grantsRevoked === 0;
  console.log(isKept ? "  All promises kept." : "  Broken.");
  process.exitCode = isKept ? 0 : 1;
} finally {
  await stage.close();
}
