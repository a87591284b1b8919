import { z } from "zod";

/** Where a page ends: the last note's time of change and id. */
export interface NoteCursor {
  readonly updatedAt: number;
  readonly id: number;
}

const cursorSchema = z.tuple([z.int(), z.int()]);

export function formatNoteCursor(cursor: NoteCursor): string {
  return Buffer.from(JSON.stringify([cursor.updatedAt, cursor.id])).toString("base64url");
}

/** @returns `undefined` for anything that {@link formatNoteCursor} did not make */
export function parseNoteCursor(rawCursor: string): NoteCursor | undefined {
  try {
    const parsed = cursorSchema.safeParse(JSON.parse(Buffer.from(rawCursor, "base64url").toString("utf8")));
    return parsed.success ? { updatedAt: parsed.data[0], id: parsed.data[1] } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
