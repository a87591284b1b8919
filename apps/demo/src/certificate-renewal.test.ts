import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { createSelfSignedCertificate } from "@coatcheck/dev-idp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findFreePort } from "./free-port.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

const WITHIN = { timeout: 60_000 };
const ANSWER_WITHIN_MS = 20_000;
const ASKING_AT_ONCE = 10;

describe("an application with a certificate in a file, on several workers", { timeout: 120_000 }, () => {
  let folder: string;
  let port: number;
  let server: ServerProcess;
  const lines: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "coatcheck-certificate-"));
    await writeFile(join(folder, "index.html"), "<!doctype html><title>Coats</title>");
    await renew();
    port = await findFreePort(0);
    server = await startServerProcess({
      entry: "serve",
      environment: {
        PUBLIC_ORIGIN: `http://localhost:${port}`,
        PORT: String(port),
        DANGEROUSLY_ALLOW_HTTP: "loopback",
        COOKIE_KEYS: "dzZW0c4s5kiviOiVGDcw0O7MQudOXhBfux83LUcHuwY",
        // Nobody is there: nobody signs in here.
        OIDC_ISSUER: "https://127.0.0.1:9",
        OAUTH_CLIENT_ID: "app",
        OAUTH_CLIENT_AUTH: "self_signed_tls_client_auth",
        OAUTH_CLIENT_CERTIFICATE_FILE: join(folder, "tls.crt"),
        OAUTH_CLIENT_CERTIFICATE_KEY_FILE: join(folder, "tls.key"),
        LEDGER_FILE: join(folder, "ledger.sqlite"),
        WEB_ROOT: folder,
        INSTANCES: "1",
        WORKERS: "2",
      },
      onLine: (line) => void lines.push(line),
    });
    await vi.waitUntil(() => lines.some((line) => line.includes('"workers_serving"')), WITHIN);
  }, 120_000);
  afterAll(async () => {
    await server.stop("SIGTERM");
    await rm(folder, { recursive: true });
  });

  async function renew(): Promise<void> {
    const { cert, key } = await createSelfSignedCertificate({ commonName: "app" });
    await writeFile(join(folder, "tls.crt"), cert);
    await writeFile(join(folder, "tls.key"), key);
  }

  /** Over a new connection: one that is kept may be closed by a worker that ends, just when it is used. */
  async function published(): Promise<unknown> {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const asking = get({ port, host: "localhost", path: "/bff/jwks.json", agent: false, signal });
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    return json(answer);
  }

  it("S-018: has the new one in every worker after SIGHUP, and refuses nobody meanwhile", async () => {
    const before = await published();
    // A look at files while they are written would be refused, and logged.
    const reread = () => lines.filter((line) => line.includes('"secrets_reread"')).length;
    await renew();
    process.kill(server.pid, "SIGHUP");
    while (reread() < 2) await published();
    expect(await published()).not.toEqual(before);
    expect(lines.filter((line) => line.includes('"worker_died"'))).toEqual([]);
  });

  it("S-018: has the new one after SIGUSR2, and refuses nobody meanwhile", async () => {
    const before = await published();
    await renew();
    process.kill(server.pid, "SIGUSR2");
    const isReplaced = (): boolean => lines.some((line) => line.includes('"workers_replaced"'));
    async function askOn(): Promise<void> {
      while (!isReplaced()) await published();
    }
    await Promise.all(Array.from({ length: ASKING_AT_ONCE }, askOn));
    const after = await published();
    expect(after).toMatchObject({ keys: [{ x5c: [expect.any(String)] }] });
    expect(after).not.toEqual(before);
  });
});
