import type { AnonymousReason, SignedInView } from "@coatcheck/client";
import { useClient, useWaitingCalls } from "@coatcheck/react";
import { useState } from "react";
import { useBanner } from "../banners/banner-board.tsx";
import type { BannerProps } from "../banners/banner.tsx";
import { clockTime } from "../ticket/clock-time.ts";
import { useServerNow } from "../ticket/use-server-now.ts";
import { AskAgain } from "./ask-again.tsx";
import { isWarningDue, learnIdleTime } from "./idle-time.ts";
import { sayWhyEnded } from "./say-why-ended.ts";
import { SignInAgain } from "./sign-in-again.tsx";
import { StillThere } from "./still-there.tsx";

/** The end of a session whose page stays. */
export type Ended = { reason: AnonymousReason; at: number };

export type SessionQuestionsProps = {
  view: SignedInView;
  ended: Ended | undefined;
};

/** What the page has to ask about the session, one question at a time: the weightiest first. */
export function SessionQuestions({ view, ended }: SessionQuestionsProps) {
  const waiting = useWaitingCalls();
  const { waiting: calls } = useClient();
  const now = useServerNow();
  const [idle, setIdle] = useState(() => learnIdleTime(undefined, view));
  const learnt = learnIdleTime(idle, view);
  if (learnt !== idle) setIdle(learnt);

  const asks = waiting.find(({ needs }) => needs === "answer");
  const stepUp = waiting.find(({ needs }) => needs === "step_up");
  // The question that was put off; the same one doesn't come by itself again.
  const [putOff, setPutOff] = useState<string>();
  const lastMinutes = view.absoluteDeadline - now < WARNING_MS;
  const question = ended
    ? `ended ${ended.at}`
    : asks
      ? `asks ${asks.id}`
      : stepUp
        ? `step up ${stepUp.id}`
        : lastMinutes
          ? `latest end ${view.absoluteDeadline}`
          : isWarningDue(view, learnt, now)
            ? "idle"
            : undefined;
  const isPutOff = question !== undefined && question === putOff;
  const dismiss = () => setPutOff(question);

  useBanner("session", isPutOff && ended ? endedBanner(() => setPutOff(undefined)) : undefined);
  useBanner(
    "latest end",
    isPutOff && !ended && lastMinutes ? latestEndBanner(view, () => setPutOff(undefined)) : undefined,
  );
  if (question === undefined || isPutOff) return null;
  if (ended) {
    return (
      <SignInAgain
        key={question}
        view={view}
        kind="sign_in"
        title="Sign in again to go on"
        says={`${sayWhyEnded(ended.reason, clockTime(ended.at))} This page stays as it is.`}
        dismiss="Not now, keep reading"
        onDismiss={dismiss}
      />
    );
  }
  if (asks) return <AskAgain key={question} call={asks} />;
  if (stepUp) {
    return (
      <SignInAgain
        key={question}
        view={view}
        kind="step_up"
        title="Sign in once more"
        says="This needs a sign-in from just now, so that nobody else does it in your name."
        dismiss="Not now"
        // Not put off: it would happen by surprise, at whichever sign-in comes next.
        onDismiss={() => waiting.forEach(({ id, needs }) => needs === "step_up" && calls.answer(id, false))}
      />
    );
  }
  if (lastMinutes) {
    return (
      <SignInAgain
        key={question}
        view={view}
        kind="sign_in"
        title="This ticket ends soon"
        says={`It is good until ${clockTime(view.absoluteDeadline)}, whatever you do. A sign-in now prints a new one, and nothing is interrupted.`}
        dismiss="Later"
        onDismiss={dismiss}
      />
    );
  }
  return <StillThere view={view} idleMs={learnt.idleMs} />;
}

const WARNING_MS = 120_000;

function endedBanner(run: () => void): BannerProps {
  return {
    weight: "signal",
    fact: "Your session has ended.",
    rest: "Changes are kept on this device.",
    action: { name: "Sign in again", run },
  };
}

function latestEndBanner(view: SignedInView, run: () => void): BannerProps {
  return {
    weight: "caution",
    fact: `This ticket ends at ${clockTime(view.absoluteDeadline)}.`,
    rest: "A sign-in prints a new one.",
    action: { name: "Sign in again", run },
  };
}
