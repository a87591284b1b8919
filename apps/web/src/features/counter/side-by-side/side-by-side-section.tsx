import { DEMO_PATHS, sideBySideSchema, type SideBySide } from "@coatcheck/contract";
import { useClient } from "@coatcheck/react";
import { useMutation } from "@tanstack/react-query";
import { readingUrl } from "../../reading/reading.ts";
import { postToDemo } from "../events/demo-calls.ts";
import { describeFailure } from "../experiments/describe-failure.ts";
import { StormSideView } from "./storm-side-view.tsx";
import "./side-by-side.css";

/** The same storm through a BFF without single flight and through ours. */
export function SideBySideSection() {
  const client = useClient();
  const { data, error, isPending, mutate } = useMutation({
    mutationKey: ["side-by-side"],
    mutationFn: async () => sideBySideSchema.parse(await postToDemo(client, DEMO_PATHS.sideBySide, {})),
  });
  return (
    <section aria-labelledby="side-by-side">
      <div className="head">
        <h2 id="side-by-side">Side by side</h2>
        <p>20 calls at once on an expired token, twice.</p>
        <button
          type="button"
          className={isPending ? "btn run" : "btn"}
          aria-disabled={isPending}
          aria-label={isPending ? "Running side by side" : "Run side by side"}
          onClick={() => {
            if (!isPending) mutate();
          }}
        >
          {isPending ? "Running" : "Run"}
        </button>
      </div>
      <p className="about">
        A plain BFF keeps tokens from the page as ours does, and refreshes when a token has expired. It has no
        single flight: <a href={readingUrl("plainBff")}>its one file</a>. Two browsers that the demo drives
        sign in to one each; yours is left alone.
      </p>
      <output aria-label="Result of side by side">
        {data === undefined ? (
          <p className="not-yet">
            {error === null ? (isPending ? "Running." : "Not run yet.") : sayError(error)}
          </p>
        ) : (
          <Comparison measured={data} />
        )}
      </output>
    </section>
  );
}

function Comparison({ measured }: { measured: SideBySide }) {
  const { plain, coatcheck, refreshDelayMs } = measured;
  const longestMs = Math.max(...[...plain.calls, ...coatcheck.calls].map(({ endedMs }) => endedMs));
  return (
    <>
      <div className="sides">
        <StormSideView name="A plain BFF" side={plain} longestMs={longestMs} />
        <StormSideView name="Coatcheck" side={coatcheck} longestMs={longestMs} />
      </div>
      <p className="about">
        One line a call, from its sending to its answer; a disc is an answer, a cross is 401. The provider
        takes {`${refreshDelayMs}\u00a0ms`} to refresh, refresh tokens work once, and one that comes twice
        revokes the grant. Counted by the provider.
      </p>
    </>
  );
}

function sayError(error: unknown): string {
  const { fact, rest = "" } = describeFailure(error, 0);
  return `${fact}${rest}`;
}
