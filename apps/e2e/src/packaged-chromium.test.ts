import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { unpackPackagedChromium } from "./packaged-chromium.ts";

describe.runIf(process.platform === "linux" && process.arch === "x64")("the packaged Chromium", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "packaged-chromium-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("isn't what lies under its name in the folder for temporary files, and is unpacked once", async () => {
    await writeFile(join(folder, "chromium"), "half of another version", { mode: 0o700 });
    vi.stubEnv("TMPDIR", folder);
    const cache = join(folder, "cache");
    const path = await unpackPackagedChromium(cache);
    expect(process.env["TMPDIR"]).toBe(folder);
    vi.unstubAllEnvs();
    if (path === undefined) throw new Error("not unpacked");
    expect(spawnSync(path, ["--version"], { encoding: "utf8" }).stdout).toMatch(/\d+\.\d+/u);
    expect(await readdir(cache)).toHaveLength(1);
    const { ino } = await stat(path);
    expect(await unpackPackagedChromium(cache)).toBe(path);
    expect((await stat(path)).ino).toBe(ino);
  });

  it("leaves nothing half done where it can't be unpacked", async () => {
    await writeFile(join(folder, "a-file"), "");
    expect(await unpackPackagedChromium(join(folder, "a-file"))).toBeUndefined();
  });
});
