import type { Diagnostic } from "../engine/types";
import { phoneView } from "../model/session";
import { Empty } from "../parts/empty";
import { count, Ticked } from "./problems";

/** Instead of an answer: the documents could not be asked. */
export const NotAsked = ({ diagnostics, what }: { diagnostics: readonly Diagnostic[]; what: string }) => {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return (
    <Empty title={`${what} while there are errors`}>
      <p>
        <Ticked text={`${errors[0]?.message ?? ""}.`} />{" "}
        <button type="button" class="link" onClick={() => (phoneView.value = "problems")}>
          {count(errors.length, "error")}
        </button>{" "}
        to correct.
      </p>
    </Empty>
  );
};
