import { apiQueryOptions, useClient } from "@coatcheck/react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

interface Note {
  readonly id: number;
  readonly text: string;
}

/** Calls the API as if it were ours: the BFF adds the access token, which no script ever sees. */
export function Notes() {
  const client = useClient();
  const queryClient = useQueryClient();
  const parse = (body: unknown) => body as readonly Note[];
  const options = apiQueryOptions({ client, queryKey: ["notes"], path: "/api/notes", parse });
  const notes = useQuery(options);
  const add = useMutation({
    mutationFn: (text: string) =>
      client.apiFetch("/api/notes", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text }),
      }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: options.queryKey }),
  });
  return (
    <>
      <form
        action={(form) => {
          const text = form.get("text");
          if (typeof text === "string") add.mutate(text);
        }}
      >
        <input name="text" aria-label="New note" required />
        <button>Add</button>
      </form>
      <ul>
        {notes.data?.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
    </>
  );
}
