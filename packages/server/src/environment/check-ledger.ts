import { X509Certificate } from "node:crypto";
import { revealSecret } from "@coatcheck/bff/config";
import { readClientCertificate } from "@coatcheck/oauth/node";
import { parseRedisPlace } from "../redis/redis-place.ts";
import type { EnvironmentRecord } from "./environment-problem.ts";
import type { Report, Settings } from "./parse-environment.ts";
import { PROCESS_SETTINGS } from "./variables.ts";

/** One ledger, and one that all machines share. */
export function checkLedger(settings: Settings, environment: EnvironmentRecord, report: Report): void {
  const { ledgerRedisUrl, ledgerPostgresUrl, instances } = settings;
  const shared = [
    { name: "LEDGER_REDIS_URL", path: "ledgerRedisUrl", url: ledgerRedisUrl, isOne: isRedis },
    {
      name: "LEDGER_POSTGRES_URL",
      path: "ledgerPostgresUrl",
      url: ledgerPostgresUrl,
      isOne: isPostgres,
    },
  ] as const;
  const [first, second] = shared.filter(({ url }) => url !== undefined);
  for (const { name, path, url, isOne } of shared) {
    if (url !== undefined && !isOne(revealSecret(url))) report(name, PROCESS_SETTINGS[path].fix);
  }
  checkRedisTls(settings, report);
  if (first !== undefined) {
    if (second !== undefined) report(second.name, `remove it, or ${first.name}: there is one ledger`);
    if (environment["LEDGER_FILE"] !== undefined) report("LEDGER_FILE", `remove it, or ${first.name}`);
  } else if (instances === undefined) {
    report(
      "INSTANCES",
      "write 1 if one machine runs this application; more need LEDGER_REDIS_URL or LEDGER_POSTGRES_URL",
    );
  } else if (instances > 1) {
    report(
      "LEDGER_REDIS_URL",
      "set it, or LEDGER_POSTGRES_URL: machines without a shared ledger spend refresh tokens twice",
    );
  }
}

function isRedis(url: string): boolean {
  return parseRedisPlace(url) !== undefined;
}

function isPostgres(url: string): boolean {
  return ["postgres:", "postgresql:"].includes(URL.parse(url)?.protocol ?? "");
}

/** Certificates are used with TLS alone: without this, one would think that it is on. */
function checkRedisTls(settings: Settings, report: Report): void {
  const { ledgerRedisUrl: url, ledgerRedisCa: ca } = settings;
  const { ledgerRedisCertificate: cert, ledgerRedisCertificateKey: key } = settings;
  const isTls = url !== undefined && parseRedisPlace(revealSecret(url))?.isTls === true;
  const given = [
    {
      name: "LEDGER_REDIS_CA",
      path: "ledgerRedisCa",
      isWrong: ca !== undefined && !isAuthority(revealSecret(ca)),
    },
    { name: "LEDGER_REDIS_CERTIFICATE", path: "ledgerRedisCertificate", isWrong: key === undefined },
    { name: "LEDGER_REDIS_CERTIFICATE_KEY", path: "ledgerRedisCertificateKey", isWrong: cert === undefined },
  ] as const;
  for (const { name, path, isWrong } of given) {
    if (settings[path] !== undefined && (!isTls || isWrong)) report(name, PROCESS_SETTINGS[path].fix);
  }
  if (cert === undefined || key === undefined || !isTls) return;
  const reading = readClientCertificate({ cert: revealSecret(cert), key: revealSecret(key) }, Date.now());
  if (reading.kind === "usable") return;
  const { field, fix } = reading.problem;
  report(
    `LEDGER_REDIS_CERTIFICATE${field === "clientCertificateKey" ? "_KEY" : ""}`,
    fix.replace(/\.$/u, ""),
  );
}

function isAuthority(text: string): boolean {
  try {
    return new X509Certificate(text).ca;
  } catch {
    // Whoever asked says what to write.
    return false;
  }
}
