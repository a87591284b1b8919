/** For the workspace's own simulation and tests: not published. */
export { createTokenKeeperOn } from "./keeper/create-token-keeper.ts";
