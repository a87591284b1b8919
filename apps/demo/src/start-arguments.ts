import { parseArgs } from "node:util";

/** What the command line and `PORT` say; `port` is preferred, not promised. */
export interface StartArguments {
  readonly port: number;
  readonly mayBuild: boolean;
}

/** @throws {Error} with a sentence for the person who typed it */
export function readStartArguments(
  args: readonly string[],
  environmentPort: string | undefined,
): StartArguments {
  const { values } = parseArgs({
    args: [...args],
    options: { port: { type: "string" }, "no-build": { type: "boolean" } },
  });
  const raw = values.port ?? environmentPort ?? "3000";
  const port = /^[1-9][0-9]{0,4}$/.test(raw) ? Number(raw) : 0;
  if (port < 1 || port > 65_535)
    throw new Error("No such port: write --port 3000, or any number up to 65535.");
  return { port, mayBuild: values["no-build"] !== true };
}
