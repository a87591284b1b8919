import { readingUrl } from "../../reading/reading.ts";
import { CopyCommand } from "./copy-command.tsx";

/** What a developer wants to know: how to run it, whom to sign in as, where to read on. */
export function RunItYourself() {
  return (
    <section className="run-it" aria-labelledby="run-heading">
      <h2 id="run-heading">Run it yourself</h2>
      <div>
        <p>
          One command, in the folder of the source, brings a provider, an API and this page. No account
          anywhere.
        </p>
        <CopyCommand command="npx -y pnpm@12 start" />
        <h3>The demo’s people</h3>
        <dl className="people">
          <div>
            <dt>Ada Lindqvist</dt>
            <dd>
              <code>ada</code>, password <code>ticket</code>
            </dd>
          </div>
          <div>
            <dt>Ines Okafor</dt>
            <dd>
              <code>ines</code>, password <code>ticket</code>
            </dd>
          </div>
        </dl>
        <p className="quiet">
          A token lives 30 seconds there and each refresh token works once. After signing in, open the counter
          and break the provider on purpose.
        </p>
      </div>
      <nav aria-label="Source and docs">
        <h3>Read the docs</h3>
        <ul>
          <li>
            <a href={readingUrl("readme")}>Read me</a>
          </li>
          <li>
            <a href={readingUrl("architecture")}>Architecture</a>
          </li>
          <li>
            <a href={readingUrl("flows")}>Every flow in a line</a>
          </li>
          <li>
            <a href={readingUrl("securityItems")}>Security, item by item</a>
          </li>
        </ul>
        <h3>Read the source</h3>
        <ul>
          <li>
            <a href={readingUrl("refreshes")}>One refresh at a time</a>
          </li>
          <li>
            <a href={readingUrl("guard")}>The guard at the door</a>
          </li>
          <li>
            <a href={readingUrl("forward")}>One forwarded call</a>
          </li>
          <li>
            <a href={readingUrl("client")}>The browser’s half</a>
          </li>
        </ul>
      </nav>
    </section>
  );
}
