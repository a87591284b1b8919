import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateSigningKeys, type SigningKeys } from "@coatcheck/dev-idp";
import * as z from "zod";

const stateSchema = z.object({
  clientSecret: z.string().min(32),
  cookieKeys: z.array(z.string().min(43)).min(1),
  idpCookieKeys: z.array(z.string().min(43)).min(1),
  signingKeys: z.object({ keys: z.array(z.looseObject({})) }),
});

/** What the demo keeps between two starts. All of it is secret. */
export interface DemoState {
  readonly clientSecret: string;
  readonly cookieKeys: readonly string[];
  readonly idpCookieKeys: readonly string[];
  readonly signingKeys: SigningKeys;
}

const FILE_NAME = "demo-secrets.json";

function randomText(): string {
  return randomBytes(32).toString("base64url");
}

/** Reads the demo's secrets from its folder, or makes them at the first start; only their owner can read the file. */
export async function loadDemoState(dataFolder: string): Promise<DemoState> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const path = join(dataFolder, FILE_NAME);
  const kept = await readKept(path);
  if (kept !== undefined) return kept;
  const state: DemoState = {
    clientSecret: randomText(),
    cookieKeys: [randomText()],
    idpCookieKeys: [randomText()],
    signingKeys: await generateSigningKeys(),
  };
  await writeFile(path, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  // The mode above holds for new files only.
  await chmod(path, 0o600);
  return state;
}

/** `undefined` where there is none, or none that can be used: then it is made anew. */
async function readKept(path: string): Promise<DemoState | undefined> {
  try {
    const parsed = stateSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
