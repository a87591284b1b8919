import { createHmac } from "node:crypto";
import { revealSecret, type Secret } from "@coatcheck/bff/config";
import type { Settings } from "../environment/parse-environment.ts";
import { describeError } from "../process/crash-watch.ts";
import { parseRedisPlace } from "../redis/redis-place.ts";
import type { WriteLog } from "../process/write-log.ts";
import { withNewKeyBehind } from "./new-key-behind.ts";
import type { SettingsReading, SettingsSource } from "./settings-source.ts";
import { watchFiles } from "./watch-files.ts";

/** What became of a look at the files of secrets. `refused`: they can't be used, so the old ones stay in force. */
export type Rereading = "applied" | "refused" | "unchanged";

/** Keeps the secrets of a process as its files have them. */
export interface SecretRereading {
  /** Reads the files now. Never rejects. */
  readonly now: () => Promise<Rereading>;
  stop(): void;
}

export interface RereadingOptions {
  readonly source: SettingsSource;
  /** What the process was started with. */
  readonly started: SettingsReading;
  /** Puts settings in force; where it rejects, the ones before stay. */
  readonly apply: (settings: Settings) => Promise<void>;
  readonly log: WriteLog;
  /** Counts what comes of it. */
  readonly onReread: (outcome: Rereading) => void;
  /** Default: 2 minutes, in which all other instances have read the key, too; Kubernetes needs one to hand a secret to a pod. */
  readonly newKeySealsAfterMs?: number | undefined;
}

/** What the client of Redis takes once, for all of its connections. */
const AT_NEXT_START = /^LEDGER_REDIS_(?:CA|CERTIFICATE|CERTIFICATE_KEY)_FILE /u;
const NEW_KEY_SEALS_AFTER_MS = 120_000;

/**
 * Reads the files of secrets again when one of them changes, and whenever it is asked to. A new cookie key opens cookies at
 * once, and seals them a little later.
 */
export function createSecretRereading(options: RereadingOptions): SecretRereading {
  const { source, apply, log, onReread, newKeySealsAfterMs = NEW_KEY_SEALS_AFTER_MS } = options;
  let { texts } = options.started;
  let inForce = settingsIn(options.started);
  let running: Promise<unknown> = Promise.resolve();
  /** In force, but for a new key that seals nothing yet. */
  let staged: Settings | undefined;
  let sealing: NodeJS.Timeout | undefined;
  let isRefused = false;

  function changesOf(reading: SettingsReading): readonly string[] {
    const key = revealSecret(settingsIn(reading)?.bff.cookieKeys[0] ?? "");
    return source.files
      .filter(({ path }) => reading.texts.get(path) !== texts.get(path))
      .map(
        ({ variable, path }) =>
          `${variable} ${fingerprint(key, texts.get(path))}->${fingerprint(key, reading.texts.get(path))}`,
      );
  }

  /** Two ledgers at once would let a refresh token be spent twice. */
  function movedLedger(next: Settings): string | undefined {
    if (redisOf(next.ledgerRedisUrl) !== redisOf(inForce?.ledgerRedisUrl)) return "LEDGER_REDIS_URL";
    const isMoved = databaseOf(next.ledgerPostgresUrl) !== databaseOf(inForce?.ledgerPostgresUrl);
    return isMoved ? "LEDGER_POSTGRES_URL" : undefined;
  }

  function refuse(problems: string): Rereading {
    isRefused = true;
    log({ level: "error", event: "secrets_refused", problems });
    return "refused";
  }

  async function putInForce(settings: Settings): Promise<void> {
    await apply(settings);
    inForce = settings;
  }

  async function putInForceByStages(settings: Settings): Promise<void> {
    const frontends = withNewKeyBehind(settings.frontends, inForce?.frontends ?? []);
    await putInForce({ ...settings, frontends, bff: frontends[0]?.bff ?? settings.bff });
    staged = frontends === settings.frontends ? undefined : settings;
    sealLater();
  }

  function sealLater(): void {
    clearTimeout(sealing);
    if (staged === undefined) return;
    const settings = staged;
    sealing = setTimeout(() => void inOrder(() => sealByNewKey(settings)), newKeySealsAfterMs);
    sealing.unref();
  }

  async function sealByNewKey(settings: Settings): Promise<void> {
    // Another change was before it in the queue.
    if (settings !== staged) return;
    try {
      await putInForce(settings);
    } catch (error) {
      refuse(sayWhat(error));
      return sealLater();
    }
    staged = undefined;
    log({ level: "info", event: "cookie_key_seals", pid: process.pid });
  }

  async function reread(): Promise<Rereading> {
    const reading = source.read();
    if (reading.parsed.kind === "invalid")
      return refuse(reading.parsed.problems.map(({ variable, fix }) => `${variable}: ${fix}`).join("; "));
    const moved = movedLedger(reading.parsed.settings);
    if (moved !== undefined)
      return refuse(`${moved}: only user and password can change while the server runs`);
    const changes = changesOf(reading);
    // What was refused and is as before again, is in force.
    if (changes.length === 0) return "unchanged";
    try {
      await putInForceByStages(reading.parsed.settings);
    } catch (error) {
      return refuse(sayWhat(error));
    }
    ({ texts } = reading);
    const later = changes.filter((change) => AT_NEXT_START.test(change));
    log({
      level: "info",
      event: "secrets_reread",
      changed: changes.filter((change) => !later.includes(change)).join(", "),
      ...(later.length === 0 ? {} : { atNextStart: later.join(", ") }),
      pid: process.pid,
    });
    return "applied";
  }

  /** One after the other: each compares with what the one before put in force. */
  function inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = running.then(work);
    running = done.catch(() => undefined);
    return done;
  }

  async function look(isAsked: boolean): Promise<Rereading> {
    const wasRefused = isRefused;
    isRefused = false;
    const outcome = await reread();
    if (outcome === "unchanged" && (isAsked || wasRefused))
      log({ level: "info", event: "secrets_unchanged" });
    onReread(outcome);
    return outcome;
  }

  const stopWatching = watchFiles(
    source.files.map(({ path }) => path),
    () => void inOrder(() => look(false)),
  );
  return {
    now: () => inOrder(() => look(true)),
    stop() {
      stopWatching();
      clearTimeout(sealing);
    },
  };
}

/** Never with the error's message, which may hold a secret. */
function sayWhat(error: unknown): string {
  const { kind, where = "" } = describeError(error);
  return `${kind} ${where}`;
}

function settingsIn({ parsed }: SettingsReading): Settings | undefined {
  return parsed.kind === "ok" ? parsed.settings : undefined;
}

/** A URL of PostgreSQL without user and password. */
function databaseOf(url: string | Secret | undefined): string | undefined {
  const parsed = URL.parse(url === undefined ? "" : revealSecret(url));
  return parsed === null ? undefined : `${parsed.protocol}${parsed.host}${parsed.pathname}${parsed.search}`;
}

/** The same of Redis. */
function redisOf(url: string | Secret | undefined): string {
  const { kind, isTls, nodes, database, masterName } =
    parseRedisPlace(url === undefined ? "" : revealSecret(url)) ?? {};
  return JSON.stringify([kind, isTls, nodes, database, masterName]);
}

/** Keyed, so that nobody finds a weak password by trying; the same on all instances that have the same keys. */
function fingerprint(key: string, text: string | undefined): string {
  if (text === undefined) return "none";
  return createHmac("sha256", key).update(`coatcheck secret ${text}`).digest("hex").slice(0, 8);
}
