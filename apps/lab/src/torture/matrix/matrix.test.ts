import { describe, expect, it } from "vitest";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repositoryRoot } from "../../repository-root.ts";
import { fetchTarget, folderOf, type FetchedTarget } from "../stage/fetched-packages.ts";
import { whyNotOffered, type Cell, type PlayedCell } from "./cell.ts";
import { readClaims, withCell, writeClaims, type Claims } from "./claims-file.ts";
import { COLUMNS } from "./columns.ts";
import { playCells } from "./play-cells.ts";
import { brokenClaims, renderLostSessions } from "./render-claims.ts";
import { ROWS, rowNamed, type RowName } from "./rows.ts";

const WELL: PlayedCell = {
  kind: "played",
  sessions: 5,
  sessionsLost: 0,
  sessionsUnclear: 0,
  lostInFlight: 0,
  inFlightAtKill: 0,
  roundsWithoutTrouble: 0,
  calls: 100,
  answered: 100,
  tokenCalls: 5,
  slowRounds: 0,
  tookSeconds: 9,
  surprises: [],
};

function cell(row: RowName, column: string, outcome: Cell["outcome"]): Cell {
  return { row, column, version: "1.2.3", startedAt: "2026-11-27T20:00:00.000Z", outcome };
}

function claimsWith(...cells: readonly Cell[]): Claims {
  return { command: "pnpm torture --matrix", node: "v24", cells };
}

describe("what of ours counts as broken", () => {
  it.each([
    ["nothing", "coatcheck", "20 at once", WELL, 0],
    ["a session lost", "coatcheck", "20 at once", { ...WELL, sessionsLost: 1 }, 1],
    ["a session lost by somebody else", "hono-oidc-auth", "20 at once", { ...WELL, sessionsLost: 5 }, 0],
    ["one lost where nobody can hold it", "coatcheck", "answer lost", { ...WELL, sessionsLost: 5 }, 0],
    [
      "one lost although the provider has a grace",
      "coatcheck",
      "answer lost with grace",
      { ...WELL, sessionsLost: 1 },
      1,
    ],
    [
      "one lost in flight at a kill",
      "coatcheck-redis",
      "kill -9",
      { ...WELL, inFlightAtKill: 2, lostInFlight: 1 },
      0,
    ],
    ["trouble that met nobody", "coatcheck", "client leaves", { ...WELL, roundsWithoutTrouble: 1 }, 1],
    ["what couldn't be set up", "coatcheck-redis", "two machines", { kind: "failed", why: "no Redis" }, 1],
    ["what we don't offer", "coatcheck", "two machines", { kind: "not-offered", why: "a file" }, 0],
  ] as const)("%s", (_what, row, column, outcome, expected) => {
    expect(Object.keys(COLUMNS)).toContain(column);
    expect(brokenClaims(claimsWith(cell(row, column, outcome)))).toHaveLength(expected);
  });
});

describe("the figures of docs/claims.md", () => {
  const claims = readClaims(join(repositoryRoot, "docs", "claims.json"));

  it("say of every BFF in every kind of trouble what became of it", () => {
    const played = new Set(claims?.cells.map(({ row, column }) => `${row}: ${column}`));
    const all = Object.keys(ROWS).flatMap((row) => Object.keys(COLUMNS).map((column) => `${row}: ${column}`));
    expect(all.filter((cell) => !played.has(cell))).toEqual([]);
  });

  it("hold our promise", () => {
    expect(claims === undefined ? [] : brokenClaims(claims)).toEqual([]);
  });

  it("have everybody hold a single call, so that nobody is set up badly", () => {
    const alone = claims?.cells.filter(({ column }) => column === "one call") ?? [];
    expect(alone.map(({ outcome }) => outcome)).toEqual(
      alone.map(() => expect.objectContaining({ kind: "played", sessionsLost: 0, answered: 5 })),
    );
  });
});

describe("the table", () => {
  it("tells lost, lost in flight, unclear, not offered and not installed apart", () => {
    const table = renderLostSessions(
      claimsWith(
        cell("coatcheck", "20 at once", WELL),
        cell("coatcheck", "two machines", { kind: "not-offered", why: "a file is one machine's" }),
        cell("coatcheck", "kill -9", { ...WELL, inFlightAtKill: 2, lostInFlight: 1 }),
        cell("oauth2-proxy-redis", "20 at once", { ...WELL, sessionsLost: 3, sessionsUnclear: 1 }),
        cell("oauth2-proxy-redis", "two machines", { kind: "failed", why: "not on the PATH" }),
      ),
    );
    expect(table.split("\n")).toEqual([
      "| | 20 at once | two machines | kill -9 |",
      "|---|---|---|---|",
      "| **Coatcheck, SQLite** | 0 | – | 0 (in flight 1 of 2) |",
      "| oauth2-proxy, Redis 1.2.3 | 3 (1 unclear) | not here |  |",
      "",
    ]);
  });
});

describe("a cell", () => {
  it("isn't played where the BFF doesn't claim to work so", () => {
    const empty = Object.keys(ROWS).flatMap((row) =>
      Object.entries(COLUMNS).flatMap(([name, column]) =>
        whyNotOffered(rowNamed(row as RowName), column) === undefined ? [] : [`${row}: ${name}`],
      ),
    );
    expect(empty.filter((words) => words.startsWith("coatcheck"))).toEqual([
      "coatcheck: two machines",
      "coatcheck: store restarted",
      "coatcheck: store full",
      "coatcheck-memory: two machines",
      "coatcheck-memory: store restarted",
      "coatcheck-memory: store full",
    ]);
    expect(empty).not.toContain("oauth2-proxy-redis: store full");
  });

  it("takes its old one's place in the file, which is in the order of the table", () => {
    const folder = mkdtempSync(join(tmpdir(), "coatcheck-claims-"));
    const file = join(folder, "claims.json");
    try {
      expect(readClaims(file)).toBeUndefined();
      const other = cell("coatcheck", "page load", WELL);
      const before = claimsWith(cell("coatcheck", "20 at once", { ...WELL, sessionsLost: 1 }), other);
      writeClaims(file, withCell(before, cell("coatcheck", "20 at once", WELL)));
      expect(readClaims(file)?.cells).toEqual([cell("coatcheck", "20 at once", WELL), other]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is played in a process of its own, against a real provider", { timeout: 90_000 }, async () => {
    const cells: Cell[] = [];
    const jobs = [
      { row: "coatcheck-memory", column: "one call", version: "", waits: false },
      { row: "coatcheck", column: "nonsense", version: "", waits: true },
    ];
    await playCells(jobs, { sessions: 1, atOnce: 1 }, (played) => cells.push(played));
    const [well, bad] = jobs.map((job) => cells.find(({ column }) => column === job.column)?.outcome);
    expect(well).toMatchObject({
      kind: "played",
      sessions: 1,
      sessionsLost: 0,
      calls: 1,
      answered: 1,
      tokenCalls: 1,
    });
    expect(bad).toMatchObject({ kind: "failed", why: expect.stringContaining("no column nonsense") });
  });
});

describe("a BFF that is fetched", () => {
  it("is set up once, and says what failed", () => {
    const folder = mkdtempSync(join(tmpdir(), "coatcheck-fetched-"));
    writeFileSync(
      join(folder, "count.mjs"),
      'import { appendFileSync } from "node:fs"; appendFileSync("count", "x");',
    );
    const count: FetchedTarget = {
      name: "test-count",
      sources: pathToFileURL(`${folder}/`),
      steps: [{ program: process.execPath, args: ["count.mjs"] }],
    };
    const failing = {
      ...count,
      steps: [{ program: process.execPath, args: ["-e", "throw new Error('no way')"] }],
    };
    try {
      fetchTarget(count);
      const place = folderOf(count);
      fetchTarget(count);
      expect(readFileSync(join(place, "count"), "utf8")).toBe("x");
      expect(folderOf(failing)).not.toBe(place);
      expect(() => fetchTarget(failing)).toThrow(/no way/);
    } finally {
      for (const path of [folderOf(count), folderOf(failing), folder])
        rmSync(path, { recursive: true, force: true });
    }
  });
});
