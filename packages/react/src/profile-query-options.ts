import type { CoatcheckClient } from "@coatcheck/client";
import { queryOptions } from "@tanstack/react-query";
import { personQuery } from "./person-query.ts";

/** The provider's UserInfo claims. */
export function profileQueryOptions(client: CoatcheckClient) {
  return queryOptions(personQuery(client, ["profile"], () => client.userinfo()));
}
