import { parseEnvironment, type Settings } from "./parse-environment.ts";
import type { EnvironmentRecord } from "./environment-problem.ts";

export const KEY = "dzZW0c4s5kiviOiVGDcw0O7MQudOXhBfux83LUcHuwY";
export const OTHER_KEY = "_D9kG1CsGG72IHgsBxL5FmVGv-NAFKZrYDbBaE-zCb4";
export const SECRET = "p3zQ0-vT7_client";

export const GOOD: EnvironmentRecord = {
  PUBLIC_ORIGIN: "https://app.example.com",
  COOKIE_KEYS: KEY,
  OIDC_ISSUER: "https://id.example.com/realms/main",
  OAUTH_CLIENT_ID: "app",
  OAUTH_CLIENT_SECRET: SECRET,
  INSTANCES: "1",
};

const FILES: Readonly<Record<string, string>> = {
  "/run/secrets/keys": `${KEY},${OTHER_KEY}\n`,
  "/run/secrets/empty": "\n",
  "/etc/routes.json": JSON.stringify([
    { prefix: "/api/notes", upstream: "https://notes.internal/v1", methods: ["GET"] },
  ]),
  "/etc/broken.json": "[",
  "/etc/unknown-key.json": JSON.stringify([
    { prefix: "/api/notes", upstream: "https://notes.internal", rewrite: "/" },
  ]),
  "/etc/plain-http.json": JSON.stringify([
    { prefix: "/api/notes", upstream: "http://notes:8080", dangerouslyAllowHttp: true, idleTimeoutMs: 5 },
  ]),
  "/etc/one-route.json": JSON.stringify({ prefix: "/api/notes", upstream: "https://notes.internal" }),
};

export function readFile(path: string): string {
  const text = FILES[path];
  if (text === undefined) throw new Error("no such file");
  return text;
}

export function parse(changes: EnvironmentRecord = {}) {
  return parseEnvironment({ ...GOOD, ...changes }, readFile);
}

export function settingsOf(changes: EnvironmentRecord = {}): Settings {
  const parsed = parse(changes);
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.problems));
  return parsed.settings;
}

export function problemsOf(changes: EnvironmentRecord): readonly string[] {
  const parsed = parse(changes);
  return parsed.kind === "ok" ? [] : parsed.problems.map(({ variable }) => variable);
}
