import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { describeOptions, readValues } from "./read-values.ts";
import type { Act, Options, Scene } from "./scene.ts";
import { failover } from "./scenes/failover.ts";
import { full } from "./scenes/full.ts";
import { matrix } from "./scenes/matrix.ts";
import { memory } from "./scenes/memory.ts";
import { network } from "./scenes/network.ts";
import { rounds } from "./scenes/rounds.ts";
import { soak } from "./scenes/soak.ts";
import { sockets } from "./scenes/sockets.ts";
import { streams } from "./scenes/streams.ts";
import { window } from "./scenes/window.ts";
import { endWithChildren } from "../lifetime/end-with-children.ts";

/**
 * `pnpm torture [--scene NAME] [--json FILE]`: real processes, a real authorization server with rotation and strict reuse
 * detection, and trouble. Ends with exit code 1 if a promise is broken; `--help` lists the scenes and their options.
 */
const SCENES: Readonly<Record<string, Scene>> = {
  rounds,
  window,
  soak,
  streams,
  sockets,
  memory,
  full,
  network,
  failover,
  matrix,
};
const FRAME_OPTIONS: Options = {
  scene: { default: "rounds", oneOf: Object.keys(SCENES) },
  json: { default: "" },
};

endWithChildren();
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      scene: { type: "string", default: "rounds" },
      matrix: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  const scene = SCENES[values.matrix === true ? "matrix" : String(values.scene)];
  if (values.help === true || scene === undefined) {
    console.log(usage());
    return scene === undefined ? 1 : 0;
  }
  let acts: readonly Act[];
  let json: string;
  try {
    const settings = readValues(
      { ...FRAME_OPTIONS, ...scene.options },
      args.filter((arg) => arg !== "--matrix"),
    );
    acts = await scene.acts(settings);
    json = String(settings["json"]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    return 1;
  }
  let isBroken = false;
  for (const act of acts) {
    console.log(act.title);
    const { report, rows, broken } = await act.play((line) => console.log(`  ${line}`));
    if (json !== "" && report !== undefined) await append(json, report);
    console.log("");
    const width = Math.max(...rows.map(([what]) => what.length));
    for (const [what, value] of rows) console.log(`  ${what.padEnd(width)}  ${String(value)}`);
    console.log(broken.length === 0 ? "  All promises kept.\n" : `  Broken: ${broken.join("; ")}.\n`);
    isBroken ||= broken.length > 0 && act.isPeer !== true;
  }
  return isBroken ? 1 : 0;
}

function usage(): string {
  const scenes = Object.entries(SCENES).map(
    ([name, { about, options }]) => `\n\npnpm torture --scene ${name}: ${about}\n${describeOptions(options)}`,
  );
  return `pnpm torture [--scene NAME] [--json FILE]; without a scene: rounds${scenes.join("")}`;
}

/** Adds a report to a JSON file that holds a list, and makes the file if it isn't there. */
async function append(file: string, report: object): Promise<void> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "[]";
    throw error;
  });
  const list: unknown = JSON.parse(text.trim() === "" ? "[]" : text);
  if (!Array.isArray(list)) throw new Error(`${file} holds something else than a list.`);
  await writeFile(file, `${JSON.stringify([...(list as unknown[]), report], null, 2)}\n`);
}
