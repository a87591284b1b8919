import { useEffect, useState } from "react";
import type { CoatcheckError, SignedInView } from "@coatcheck/client";
import { useClient } from "@coatcheck/react";
import { useBanner } from "../features/banners/banner-board.tsx";
import type { BannerProps } from "../features/banners/banner.tsx";
import { SIGN_IN_OUTCOME_WORDS } from "../features/signed-out/sign-in-outcome-words.ts";
import { clockTime } from "../features/ticket/clock-time.ts";
import { displayName } from "../features/ticket/ticket-model.ts";
import { useServerNow } from "../features/ticket/use-server-now.ts";
import { isTooManyCookies, TOO_MANY_COOKIES } from "./too-many-cookies.ts";
import { useOnline } from "./use-online.ts";

export type SessionBannersProps = {
  view: SignedInView;
  before: SignedInView | undefined;
  unreachable: CoatcheckError | undefined;
};

const SHOWN_MS = 12_000;

/** What there is to say about the session, the network and the provider. */
export function SessionBanners({ view, before, unreachable }: SessionBannersProps) {
  const { outcome } = useClient().arrival();
  const now = useServerNow();
  const online = useOnline();
  const fresh = useFresh(SHOWN_MS);
  // Somebody is signed in all the same: a stray callback is nothing to tell them.
  const isStray = outcome === undefined || outcome === "expired";
  useBanner("outcome", fresh && !isStray ? SIGN_IN_OUTCOME_WORDS[outcome] : undefined);
  useBanner("person", fresh && before ? takenOver(view, before) : undefined);
  useBanner("counter", unreachable && online ? counterAway(unreachable) : undefined);
  useBanner("provider", view.state === "degraded" ? providerAway(view, now) : undefined);
  useBanner("offline", online ? undefined : OFFLINE);
  return null;
}

const COUNTER_AWAY: BannerProps = {
  weight: "signal",
  fact: "The counter is not answering.",
  rest: "Changes are kept on this device; we keep trying.",
};

const OFFLINE: BannerProps = {
  weight: "offline",
  fact: "You are offline.",
  rest: "Changes are kept on this device and saved when you are back.",
};

function counterAway(error: CoatcheckError): BannerProps {
  if (!isTooManyCookies(error)) return COUNTER_AWAY;
  return { weight: "signal", fact: TOO_MANY_COOKIES.fact, rest: TOO_MANY_COOKIES.rest };
}

function takenOver(view: SignedInView, before: SignedInView): BannerProps {
  return {
    weight: "caution",
    fact: `${firstName(view)} signed in here.`,
    rest: `This page was ${firstName(before)}’s, so it starts afresh.`,
  };
}

function providerAway(view: SignedInView, nowMs: number): BannerProps {
  const works = view.accessTokenExpiresAt > nowMs;
  return {
    weight: "caution",
    fact: "The provider is not answering.",
    rest: works
      ? `Your notes work until ${clockTime(view.accessTokenExpiresAt)}; we keep trying.`
      : "You stay signed in. Changes are kept on this device until it does; we keep trying.",
  };
}

function firstName(view: SignedInView): string {
  const name = displayName(view);
  return name.split(" ")[0] ?? name;
}

function useFresh(forMs: number): boolean {
  const [fresh, setFresh] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setFresh(false), forMs);
    return () => clearTimeout(timer);
  }, [forMs]);
  return fresh;
}
