// What egressc says about the documents, kept up with them.
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import * as engine from "../engine/engine";
import type { CheckResponse, Diagnostic, Place, Source } from "../engine/types";
import { split, type Manifest } from "../output/manifests";
import { documents, epoch } from "./session";
import type { Document } from "./state";

export const sources = (from: readonly Document[]): Source[] =>
  from.filter(({ text }) => text.trim() !== "").map(({ name, text }) => ({ name, text }));

/** An answer, and the documents that it is about. */
export interface About<T> {
  documents: Document[];
  value: T;
  milliseconds: number;
}

export interface Compiled {
  text: string;
  manifests: Manifest[];
  diagnostics: Diagnostic[];
  ok: boolean;
}

export const checked = signal<About<CheckResponse> | null>(null);
export const compiled = signal<About<Compiled> | null>(null);
/** The last one that had resources: shown, dimmed, while a text is half-typed. */
export const lastGood = signal<About<Compiled> | null>(null);
const failed = signal<{ documents: Document[]; message: string } | null>(null);
/** Why egressc itself does not answer about the present texts. */
export const failure = computed(() => (!blank.value && failed.value?.documents === documents.value ? failed.value.message : null));

/** Whether there is nothing to say anything about. */
export const blank = computed(() => documents.value.every(({ text }) => text.trim() === ""));

/** Whether a compile of the present texts is under way. */
export const compiling = computed(() => !blank.value && failure.value === null && compiled.value?.documents !== documents.value);

/** What is known of the present texts: by `compile` when it has answered, until then by `check`. */
export const diagnostics = computed<Diagnostic[]>(() => {
  const now = documents.value;
  if (blank.value) return [];
  if (compiled.value?.documents === now) return compiled.value.value.diagnostics;
  if (checked.value?.documents === now) return checked.value.value.diagnostics;
  return checked.value?.value.diagnostics ?? [];
});

export const errors = computed(() => diagnostics.value.filter(({ severity }) => severity === "error").length);
export const warnings = computed(() => diagnostics.value.filter(({ severity }) => severity === "warning").length);

/** So much of the last compile's time is waited for the next keystroke: nothing for small policies. */
const PATIENCE = 0.25;
const MOST_PATIENCE_MILLISECONDS = 400;

/** Suppressions end on a day. */
const today = (): string => new Date().toISOString().slice(0, 10);

export const watch = (): void => {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  // Another session's resources say nothing about this one.
  effect(() => {
    void epoch.value;
    lastGood.value = null;
  });
  effect(() => {
    const now = documents.value;
    const from = sources(now);
    if (from.length === 0) {
      clearTimeout(waiting);
      engine.forgetCompile();
      lastGood.value = null;
      return;
    }
    void engine.check({ sources: from, date: today() }).then((outcome) => {
      // A check that fails is not worth a word: the compile that follows says it all.
      if (outcome.kind === "answered") checked.value = { documents: now, value: outcome.value, milliseconds: outcome.milliseconds };
    });
    engine.forgetCompile();
    clearTimeout(waiting);
    const last = untracked(() => compiled.value?.milliseconds ?? 0);
    waiting = setTimeout(
      () =>
        void engine.compile({ sources: from, format: "yaml" }).then((outcome) => {
          if (outcome.kind === "superseded") return;
          if (outcome.kind === "failed") {
            failed.value = { documents: now, message: outcome.message };
            return;
          }
          const { ok, text, origins, diagnostics: found } = outcome.value;
          const yaml = text ?? "";
          const value = { ok, text: yaml, manifests: ok ? split(yaml, origins) : [], diagnostics: found };
          batch(() => {
            compiled.value = { documents: now, value, milliseconds: outcome.milliseconds };
            if (ok) lastGood.value = compiled.value;
          });
        }),
      last < 30 ? 0 : Math.min(last * PATIENCE, MOST_PATIENCE_MILLISECONDS),
    );
  });
};

/** The places that a resource was made for. */
export const placesOf = (manifest: Manifest): Place[] => manifest.origins.origins.map(({ place }) => place);
