import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
/** Makes objects that outlive several collections, as a start under load does. */
const OUTLIVE = `const kept = [];
  for (let made = 0; made < 1e6; made += 1) {
    kept.push({ made, list: [made] });
    if (kept.length > 200_000) kept.length = 0;
  }`;

/** @returns how often V8 looked whether objects of one kind shall be old at once */
async function looks(before: string): Promise<number> {
  const flags = ["--trace-pretenuring-statistics", "--input-type=module", "--eval"];
  const { stdout } = await run(process.execPath, [...flags, `${before}\n${OUTLIVE}`]);
  return stdout.split("\n").filter((line) => line.includes("pretenuring: AllocationSite")).length;
}

it("never lets V8 make what requests make old at once", async () => {
  const entry = JSON.stringify(new URL("./coatcheck.ts", import.meta.url).href);
  expect(await looks("")).toBeGreaterThan(0);
  expect(await looks(`process.argv.push("keygen");\nawait import(${entry});`)).toBe(0);
});
