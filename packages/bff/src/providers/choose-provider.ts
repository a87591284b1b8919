import type { Context } from "hono";
import { BFF_PATHS } from "@coatcheck/contract";
import { answerPage } from "../hono/human-page.ts";
import { BACK_TO_START } from "../response/render-human-page.ts";
import type { Parts } from "../parts.ts";
import { runHook } from "../session/run-hook.ts";
import type { SignInProvider } from "./sign-in-provider.ts";

/** A sign-in that names no provider. */
export interface ChoosingProvider {
  /** Names of all of them, `default` first, and what people read of each. */
  readonly providers: readonly { readonly name: string; readonly label: string }[];
  /** The query of the sign-in link, as it was sent: `login_hint`, `returnTo` ... Anybody can write such a link. */
  readonly query: URLSearchParams;
}

/** @returns the name of a provider; `undefined`, or a name that nobody has: the setting `chooseProvider` decides */
export type OnChooseProvider = (
  choosing: ChoosingProvider,
) => string | undefined | Promise<string | undefined>;

/** Which provider a sign-in begins at that names none, or the page on which the person chooses. */
export type ChooseProvider = (c: Context, query: URLSearchParams) => Promise<SignInProvider | Response>;

export function createChooseProvider({
  providers,
  settings,
  onChooseProvider: hook,
  log,
  startTimer,
}: Pick<Parts, "providers" | "settings" | "onChooseProvider" | "log" | "startTimer">): ChooseProvider {
  const { all } = providers;
  const [first] = all;

  async function ask(query: URLSearchParams): Promise<SignInProvider | undefined> {
    if (hook === undefined) return undefined;
    const choosing = {
      providers: all.map(({ name, label }) => ({ name, label })),
      query: new URLSearchParams(query),
    };
    const end = await runHook(() => hook(choosing), "on_choose_provider", undefined, { log, startTimer });
    return end.kind === "answered" ? all.find(({ name }) => name === end.value) : undefined;
  }

  return async (c, query) => {
    if (all.length === 1) return first;
    const chosen = await ask(query);
    if (chosen !== undefined) return chosen;
    if (settings.chooseProvider === "default") return first;
    const search = query.size === 0 ? "" : `?${query}`;
    const links = all.map(({ name, label }) => ({
      href: `${BFF_PATHS.login}/${name}${search}`,
      text: label,
    }));
    return answerPage(
      c,
      {
        status: 200,
        title: "Sign in",
        text: "Choose where you have an account.",
        links: [...links, BACK_TO_START],
      },
      settings,
    );
  };
}
