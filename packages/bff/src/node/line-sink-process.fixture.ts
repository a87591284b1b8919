import { createLineSink } from "./line-sink.ts";

/**
 * A process whose lines go to its real standard output: `{ write }` takes that many lines of 1,000 characters; the answer is
 * how many were dropped so far, once it has room or can't get any.
 */
const sink = createLineSink(process.stdout, (lines) => process.send?.({ recovered: lines }));

process.on("message", ({ write }: { readonly write: number }) => {
  for (let index = 0; index < write; index += 1) sink.write(`${String(index).padStart(999, ".")}\n`);
  void sink.flush(100).then(() => process.send?.({ dropped: sink.dropped() }));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
