import { TARGETS } from "../stage/target.ts";
import { playCell, type EmptyCell, type PlayedCell } from "./cell.ts";
import { COLUMNS } from "./columns.ts";
import { endWithChildren } from "../../lifetime/end-with-children.ts";
import { rowNamed, type RowName } from "./rows.ts";

/** Plays one cell in a process of its own, so that no provider's or client's work delays another cell's. */
const [rowName = "", columnName = "", sessions = ""] = process.argv.slice(2);

endWithChildren();
// Whoever wanted it is gone.
process.once("disconnect", () => process.exit());
process.send?.(await play());
process.disconnect();

async function play(): Promise<PlayedCell | EmptyCell> {
  const column = COLUMNS[columnName];
  if (column === undefined) throw new RangeError(`There is no column ${columnName}.`);
  const row = rowNamed(rowName as RowName);
  try {
    const target = await TARGETS[row.target]();
    return await playCell(target, row, column, Number(sessions));
  } catch (error) {
    return { kind: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}
