import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { sleep } from "../stage/sleep.ts";
import type { Stage } from "../stage/stage.ts";

/** Puts new secrets into the files that all instances read them from, as an operator would. */
export interface SecretRotation {
  /** The provider takes both until every instance has the new one. */
  readonly clientSecret: () => Promise<void>;
  /** Second in the list first, so that every instance opens what the first one seals. */
  readonly cookieKey: () => Promise<void>;
}

/** Until an instance has certainly noticed that a file is another one. */
const NOTICED_MS = 10_000;

/** @throws {RangeError} for a stage whose secrets aren't in files */
export function rotateSecrets({ secretFiles, control, clientId }: Stage): SecretRotation {
  if (secretFiles === undefined) throw new RangeError("The secrets of this stage aren't in files.");
  return {
    async clientSecret() {
      const [before, next] = [await readFile(secretFiles.clientSecret, "utf8"), newSecret()];
      await control.setClientSecrets(clientId, [before, next]);
      await replace(secretFiles.clientSecret, next);
      await sleep(NOTICED_MS);
      await control.setClientSecrets(clientId, [next]);
    },
    async cookieKey() {
      const [keys, next] = [await readFile(secretFiles.cookieKeys, "utf8"), newSecret()];
      await replace(secretFiles.cookieKeys, `${keys},${next}`);
      await sleep(NOTICED_MS);
      await replace(secretFiles.cookieKeys, `${next},${keys}`);
    },
  };
}

function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Whole or not at all, for whoever reads it just now. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
