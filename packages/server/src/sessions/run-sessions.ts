import { existsSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { parseBffConfig } from "@coatcheck/bff/config";
import { parseProviderConfig } from "@coatcheck/oauth";
import {
  createTokenKeeper,
  type ListedSession,
  type SessionOwner,
  type TokenKeeper,
} from "@coatcheck/tokens";
import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import type { Settings } from "../environment/parse-environment.ts";
import { ledgerKind, openLedger } from "../process/open-ledger.ts";
import { readSettings } from "../process/run-entry.ts";
import { ServerError } from "../server-error.ts";

export interface SessionsOptions {
  readonly environment: EnvironmentRecord;
  readonly configFile: string | undefined;
  /** Whose: `sub` at the provider. */
  readonly subject: string;
  /** Default: that of `provider`. */
  readonly issuer: string | undefined;
  /** The one to end; default: none, they are listed. */
  readonly end: string | undefined;
  readonly endAll: boolean;
}

/**
 * `coatcheck sessions`: lists a person's sessions, ends one or all of them, in the ledger of a running deployment, whose
 * processes learn of it within 1 s. Exit code 1 where it can't be done, or there is no such session.
 */
export async function runSessions(options: SessionsOptions): Promise<void> {
  const settings = await readSettings(options.environment, options.configFile);
  if (settings === undefined) return;
  try {
    const outcome = await withKeeper(settings, (keeper) => act(keeper, personOf(settings, options), options));
    process.stdout.write(`${outcome.text}\n`);
    process.exitCode = outcome.isDone ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

interface Outcome {
  readonly text: string;
  readonly isDone: boolean;
}

function personOf({ bff }: Settings, { issuer, subject }: SessionsOptions): SessionOwner {
  const parsed = parseBffConfig(bff);
  if (issuer !== undefined || parsed.kind === "invalid") return { iss: issuer ?? "", sub: subject };
  // As its sessions name it: a preset may know the issuer.
  const [{ config }] = parsed.settings.providers;
  return { iss: parseProviderConfig(config).issuer, sub: subject };
}

async function withKeeper<T>(settings: Settings, work: (keeper: TokenKeeper) => Promise<T>): Promise<T> {
  const { ledgerFile, bff } = settings;
  // Without this, the server might find a file of whoever asked, root for example.
  if (ledgerKind(settings) === "sqlite" && !existsSync(ledgerFile))
    throw new ServerError("ledger_unusable", `There is no ledger at ${ledgerFile}`, "check LEDGER_FILE.");
  const { ledger } = await openLedger(settings, () => undefined);
  const { idleTimeoutSeconds, absoluteTimeoutSeconds } = bff.session ?? {};
  const keeper = createTokenKeeper({
    ledger,
    refresh: () => Promise.reject(new TypeError("nothing is refreshed here")),
    policy: {
      ...(idleTimeoutSeconds === undefined ? {} : { idleTimeoutSeconds }),
      ...(absoluteTimeoutSeconds === undefined ? {} : { absoluteTimeoutSeconds }),
    },
    ports: {
      nowMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      randomBytes: (count) => new Uint8Array(randomBytes(count)),
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
    },
  });
  try {
    return await work(keeper);
  } finally {
    await keeper.drain();
    await ledger.close();
  }
}

async function act(
  { sessionList }: TokenKeeper,
  person: SessionOwner,
  { end, endAll }: SessionsOptions,
): Promise<Outcome> {
  if (sessionList === undefined)
    throw new ServerError(
      "ledger_unusable",
      "This ledger lists no sessions",
      "use SQLite, Redis or PostgreSQL.",
    );
  const whose = `${person.sub} at ${person.iss}`;
  if (endAll) {
    const ended = await sessionList.endAll(person, Math.floor(Date.now() / 1_000));
    return ended.kind === "ended" ? done(`All sessions of ${whose} are ended.`) : unreachable();
  }
  if (end !== undefined) {
    const ended = await sessionList.end(person, end);
    if (ended.kind === "unavailable") return unreachable();
    return ended.isNew
      ? done(`The session ${end} of ${whose} is ended.`)
      : { text: `There is no session ${end} of ${whose}.`, isDone: false };
  }
  const listed = await sessionList.list(person);
  if (listed.kind === "unavailable") return unreachable();
  return done(
    listed.sessions.length === 0
      ? `No sessions of ${whose} are known. They are noted where SESSION_LIST is true.`
      : renderSessions(listed.sessions),
  );
}

function done(text: string): Outcome {
  return { text, isDone: true };
}

function unreachable(): Outcome {
  return { text: "The ledger can't be reached: nothing was changed. Try again.", isDone: false };
}

function renderSessions(sessions: readonly ListedSession[]): string {
  const rows = sessions.map(({ id, signedInAt, usedAt, labels }) => [
    id,
    new Date(signedInAt).toISOString(),
    new Date(usedAt).toISOString(),
    `${labels["browser"] ?? ""} on ${labels["system"] ?? ""}`,
  ]);
  const table = [["Session", "Signed in", "Last used", "Browser"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
