import { BFF_PATHS, sessionViewSchema } from "@coatcheck/contract";
import { noteSurprise } from "../rounds/tally.ts";
import { brokenOf, defineScene, reporting } from "../scene.ts";
import { coatcheck } from "../stage/adapters/coatcheck.ts";
import { bringVisitor } from "../stage/bring-visitor.ts";
import { sleep } from "../stage/sleep.ts";
import { API_PREFIXES, onStage } from "../stage/stage.ts";
import type { VisitorCall } from "../stage/visitor.ts";

const [NOTES] = API_PREFIXES;
const TOKEN_SECONDS = 30;
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 900;
/** One pause in so many is followed by a page load: several calls at once. */
const PAGE_LOAD_EVERY = 12;
const PAGE_LOAD_CALLS = 6;
const PROGRESS_MS = 30_000;

export const severalTabs = defineScene({
  about: "one person with several tabs who never stops; every call 200, no refresh token sent twice",
  options: { minutes: { default: 10, least: 0.01 }, tabs: { default: 4, least: 1 } },
  acts: ({ minutes, tabs }) => [
    {
      title: `${tabs} tabs for ${minutes} minutes; access tokens live ${TOKEN_SECONDS} s, refresh tokens work once`,
      play: (say) =>
        onStage({ target: coatcheck, tokenSeconds: TOKEN_SECONDS, people: 1 }, async (stage) => {
          const visitor = await bringVisitor(stage);
          const note = (body: string) => ({ title: "Soak", body });
          const created = await visitor.call({ method: "POST", path: NOTES, json: note("first") });
          if (created.status !== 201) throw new Error(`The first note was answered ${created.status}.`);
          const notePath = `${NOTES}/${(JSON.parse(created.text) as { readonly id: string }).id}`;

          const tally = { calls: 0, failures: 0, generations: 0, surprises: [] as string[] };
          const fail = (words: string): void => {
            tally.failures += 1;
            noteSurprise(tally, "not 200", words);
            say(words);
          };
          const makeCall = async (call: VisitorCall): Promise<void> => {
            tally.calls += 1;
            const { status, text } = await visitor.call(call);
            if (status !== 200) return fail(`${call.method ?? "GET"} ${call.path}: ${status} ${text}`);
            if (call.path !== BFF_PATHS.session) return;
            const view = sessionViewSchema.safeParse(JSON.parse(text));
            if (!view.success || view.data.state !== "active")
              return fail(`the session isn't active: ${text}`);
            tally.generations = Math.max(tally.generations, view.data.generation);
          };
          const pickCall = (tab: number): VisitorCall => {
            const dice = Math.random();
            if (dice < 0.5) return { path: NOTES };
            if (dice < 0.6) return { path: notePath };
            if (dice < 0.75) return { method: "PUT", path: notePath, json: note(`from tab ${tab}`) };
            if (dice < 0.85) return { path: BFF_PATHS.session };
            return dice < 0.95 ? { path: BFF_PATHS.userinfo } : { method: "POST", path: BFF_PATHS.activity };
          };
          const endsAtMs = performance.now() + minutes * 60_000;
          const useTab = async (tab: number): Promise<void> => {
            while (performance.now() < endsAtMs) {
              const count = Math.random() < 1 / PAGE_LOAD_EVERY ? PAGE_LOAD_CALLS : 1;
              await Promise.all(Array.from({ length: count }, () => makeCall(pickCall(tab))));
              await sleep(MIN_PAUSE_MS + Math.random() * (MAX_PAUSE_MS - MIN_PAUSE_MS));
            }
          };
          const allTabs = Promise.all(Array.from({ length: tabs }, (_, tab) => useTab(tab + 1)));
          await reporting(
            allTabs,
            () => say(`${tally.calls} calls, ${tally.failures} non-200, ${tally.generations} generations`),
            PROGRESS_MS,
          );
          await makeCall({ path: BFF_PATHS.session });
          const { refreshes, reuseDetected, grantsRevoked } = stage.idp.counters();
          const report = { minutes, tabs, ...tally, refreshes, reuseDetected, grantsRevoked };
          return {
            report,
            rows: [
              ["calls, of those non-200", `${tally.calls}, ${tally.failures}`],
              ["refreshes, generations", `${refreshes}, ${tally.generations}`],
              ["reuse detected, grants revoked", `${reuseDetected}, ${grantsRevoked}`],
              ...tally.surprises.map((surprise) => ["!", surprise] as const),
            ],
            broken: brokenOf({
              "a call was not answered 200": tally.failures === 0 && tally.calls > 0,
              "a refresh token was sent twice": reuseDetected === 0,
            }),
          };
        }),
    },
  ],
});
