import { readFile, writeFile } from "node:fs/promises";

/** Adds objects to a JSON file that holds a list, and makes the file if it isn't there. @throws {Error} if it holds something else */
export async function appendToJsonList(file: string, entries: readonly object[]): Promise<void> {
  const list = [...(await readList(file)), ...entries];
  await writeFile(file, `${JSON.stringify(list, null, 2)}\n`);
}

async function readList(file: string): Promise<readonly unknown[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const parsed: unknown = text.trim() === "" ? [] : JSON.parse(text);
  if (!Array.isArray(parsed)) throw new Error(`${file} holds something else than a list.`);
  return parsed;
}
