import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import { createCertificateAuthority } from "@coatcheck/dev-idp";
import { afterEach, expect, test } from "vitest";
import { createNodeFetch } from "./node-fetch.ts";
import type { NodeFetch } from "./node-fetch.ts";

const authority = await createCertificateAuthority();
const own = await authority.issue({ commonName: "server", ipAddresses: ["127.0.0.1"] });
const [first, second] = await Promise.all([
  authority.issue({ commonName: "first" }),
  authority.issue({ commonName: "second" }),
]);
const foreign = await (await createCertificateAuthority()).issue({ commonName: "foreign" });

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Answers with the subject that it sees. */
async function startServer(): Promise<string> {
  const options = { ...own, ca: authority.cert, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, ({ socket }, response) => {
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
    response.end(certificate?.subject ?? "nobody");
  });
  const { origin, close } = await listenOnLoopback(server);
  cleanups.push(() => void close());
  return `${origin}/`;
}

/** OpenSSL's own: it refuses by an alert, as most servers do, and Node's doesn't. */
async function startStrictServer(version: "-tls1_2" | "-tls1_3"): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-certificates-"));
  const files = { own: join(folder, "own.pem"), authority: join(folder, "authority.pem") };
  await Promise.all([writeFile(files.own, own.cert + own.key), writeFile(files.authority, authority.cert)]);
  const flags = ["-accept", "127.0.0.1:0", version, "-Verify", "1", "-verify_return_error", "-www"];
  const server = spawn("openssl", ["s_server", ...flags, "-cert", files.own, "-CAfile", files.authority], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  cleanups.push(() => {
    server.kill();
    void rm(folder, { recursive: true });
  });
  let said = "";
  for await (const chunk of server.stdout) {
    said += String(chunk);
    const port = /ACCEPT [\d.]+:(\d+)/.exec(said)?.[1];
    if (port !== undefined) return `https://127.0.0.1:${port}/`;
  }
  throw new Error("openssl didn't listen");
}

function newFetch(): NodeFetch {
  const nodeFetch = createNodeFetch({ ca: authority.cert });
  cleanups.push(() => nodeFetch.close());
  return nodeFetch;
}

test("S-018 shows each call's certificate, and none where none is given, over pooled connections", async () => {
  const url = await startServer();
  const nodeFetch = newFetch();
  const seen: string[] = [];
  for (const clientCertificate of [first, undefined, second, first, undefined]) {
    const init = clientCertificate === undefined ? {} : { clientCertificate };
    seen.push(await (await nodeFetch(url, init)).text());
  }
  expect(seen).toEqual(["CN=first", "nobody", "CN=second", "CN=first", "nobody"]);
});

test.each(["-tls1_2", "-tls1_3"] as const)(
  "S-018 a server that refuses the certificate by an alert (%s): nothing was sent, and that is why",
  async (version) => {
    const url = await startStrictServer(version);
    const nodeFetch = newFetch();
    const expired = await authority.issue({
      commonName: "late",
      notBefore: new Date("2020-01-01"),
      notAfter: new Date("2021-01-01"),
    });
    for (const clientCertificate of [foreign, expired]) {
      const call = nodeFetch(url, { method: "POST", body: "spent=once", clientCertificate });
      await expect(call).rejects.toMatchObject({
        name: "RequestNotSentError",
        code: "tls_certificate_refused",
      });
    }
    expect((await nodeFetch(url, { clientCertificate: first })).status).toBe(200);
  },
);

test("a server's certificate is for another host: nothing was sent", async () => {
  const url = await startServer();
  const call = newFetch()(url.replace("127.0.0.1", "localhost"), { method: "POST", body: "spent=once" });
  await expect(call).rejects.toMatchObject({ name: "RequestNotSentError", code: "tls_other_name" });
});
