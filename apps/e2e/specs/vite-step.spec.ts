import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import { findFreePort } from "@coatcheck/demo";
import { createDevIdp } from "@coatcheck/dev-idp";
import { expect, test } from "@playwright/test";

const packages = fileURLToPath(new URL("../../../packages", import.meta.url));
const react = join(packages, "react");
const web = fileURLToPath(new URL("../../web/package.json", import.meta.url));
const SECRET = randomBytes(16).toString("base64url");

/** Somebody's Vite app: the examples of packages/react and its README's step for Vite, as they stand but for the ports. */
function writeViteApp(folder: string, vitePort: number, bffPort: number): void {
  cpSync(join(react, "examples"), join(folder, "src"), { recursive: true });
  const step = readFileSync(join(react, "examples", "vite.config.ts"), "utf8");
  writeFileSync(join(folder, "step.ts"), step.replaceAll("localhost:3000", `localhost:${bffPort}`));
  const plugin = createRequire(web).resolve("@vitejs/plugin-react");
  writeFileSync(
    join(folder, "vite.config.ts"),
    `import react from ${JSON.stringify(plugin)};
import step from "./step.ts";
export default { ...step, plugins: [react()], server: { ...step.server, port: ${vitePort}, strictPort: true } };
`,
  );
  writeFileSync(
    join(folder, "index.html"),
    `<!doctype html><title>Mine</title><div id="root"></div><script type="module" src="/main.tsx"></script>`,
  );
  writeFileSync(
    join(folder, "main.tsx"),
    `import { createRoot } from "react-dom/client";
import { Root } from "./src/root.tsx";
createRoot(document.getElementById("root")).render(<Root />);
`,
  );
}

/** Starts a process, and waits for what it says when it is there. */
async function start(
  [command = "", ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  words: string,
): Promise<ChildProcess> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => void (said += chunk.toString()));
  await expect.poll(() => said, { timeout: 30_000 }).toContain(words);
  return child;
}

test("a Vite app with the README's step signs in, calls an API, reloads hot, and signs out", async ({
  page,
}) => {
  test.setTimeout(120_000);
  // Where the packages that the examples import are found.
  mkdirSync(join(react, ".data"), { recursive: true });
  const folder = mkdtempSync(join(react, ".data", "vite-step-"));
  const [vitePort, bffPort] = [await findFreePort(0), await findFreePort(0)];
  const origin = `http://localhost:${vitePort}`;
  const running: ChildProcess[] = [];
  const idp = await createDevIdp({
    clients: [{ clientId: "my-app", clientSecret: SECRET, appOrigin: origin }],
  });
  const api = createServer((request, response) => {
    const isKnown = request.headers.authorization?.startsWith("Bearer ") === true;
    response.writeHead(isKnown ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify({ notes: [{ id: "1", title: "From the API" }] }));
  });
  const { origin: apiUrl, close } = await listenOnLoopback(api);
  try {
    writeViteApp(folder, vitePort, bffPort);
    const example = join(packages, "bff", "examples", "hono-app.ts");
    const environment = {
      PUBLIC_ORIGIN: origin,
      PORT: String(bffPort),
      OIDC_ISSUER: idp.issuer,
      OAUTH_CLIENT_ID: "my-app",
      OAUTH_CLIENT_SECRET: SECRET,
      COOKIE_KEY: randomBytes(32).toString("base64url"),
      API_URL: apiUrl,
    };
    running.push(await start([process.execPath, example], folder, environment, `Listening on ${bffPort}`));
    const vite = join(dirname(createRequire(web).resolve("vite/package.json")), "bin", "vite.js");
    running.push(await start([process.execPath, vite], folder, {}, String(vitePort)));

    await page.goto(origin);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByLabel("User name").fill("ada");
    await page.getByLabel("Password").fill("ticket");
    await page.getByRole("button", { name: /sign in/i }).click();
    await expect(page.getByText("From the API")).toBeVisible();
    expect(new URL(page.url()).origin).toBe(origin);

    await page.evaluate(() => void (document.title = "the same document"));
    const file = join(folder, "src", "app.tsx");
    writeFileSync(file, readFileSync(file, "utf8").replace("Sign {name} out", "Leave, {name}"));
    await expect(page.getByRole("button", { name: "Leave, Ada Lindqvist" })).toBeVisible();
    expect(await page.title()).toBe("the same document");

    await page.getByRole("button", { name: "Leave, Ada Lindqvist" }).click();
    await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
    await expect(page.getByText("From the API")).toHaveCount(0);
  } finally {
    for (const child of running) child.kill();
    await close();
    await idp.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
