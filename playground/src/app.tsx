import { useSignal, useSignalEffect } from "@preact/signals";
import { CodePage, Problems, summary } from "./panes/problems";
import { Diff } from "./panes/diff";
import { Documents } from "./panes/documents";
import { Header } from "./panes/header";
import { Notice } from "./panes/notice";
import { Reach } from "./panes/reach";
import { Resources } from "./panes/resources";
import { Trace } from "./panes/trace";
import { errors, warnings } from "./model/analysis";
import { pane, phoneView } from "./model/session";
import { OUTPUT_PANES, type OutputPane } from "./model/state";
import { loadChoice, saveChoice } from "./model/drafts";
import { Tabs } from "./parts/tabs";
import { narrow } from "./parts/narrow";

type View = "documents" | "problems" | OutputPane;

const LABELS: Record<OutputPane, string> = { resources: "Resources", reach: "Reach", trace: "Trace", diff: "Diff" };

const PANES: Record<OutputPane, () => preact.JSX.Element> = { resources: Resources, reach: Reach, trace: Trace, diff: Diff };

export const App = () => {
  const view: View = narrow.value && phoneView.value !== "output" ? phoneView.value : pane.value;
  const choose = (id: View) => {
    if (id === "documents" || id === "problems") phoneView.value = id;
    else {
      phoneView.value = "output";
      pane.value = id;
    }
  };
  const Pane = PANES[pane.value];
  const split = useSignal(Number(loadChoice("split") ?? 46));
  useSignalEffect(() => saveChoice("split", String(split.value)));
  return (
    <div class="app" data-view={phoneView.value} style={{ "--split": `${split.value}%` }}>
      <Header />
      <Notice />
      <main>
        <section class="side documents-side" aria-label="Documents" id="documents-side">
          <Documents />
        </section>
        <section class="side problems-side" aria-label="Problems" id="problems-side">
          <h2>
            Problems <span class="problems-summary" role="status">{summary()}</span>
          </h2>
          <div class="problems-body">
            <Problems />
          </div>
        </section>
        <Divider split={split} />
        <div class="output-side">
          <Tabs<View>
            label="Views"
            class="output-tabs"
            chosen={view}
            choose={choose}
            tabs={[
              { id: "documents", label: "Policy", panel: "documents-side", class: "narrow-only" },
              { id: "problems", label: <ProblemsLabel />, panel: "problems-side", class: "narrow-only" },
              ...OUTPUT_PANES.map((id) => ({ id, label: LABELS[id], panel: "output-panel" })),
            ]}
          />
          <div id="output-panel" class="output-panel" role="tabpanel" aria-labelledby={`tab-${pane.value}`}>
            {/* An editor without a height draws every line, so what nobody sees is not there. */}
            {(!narrow.value || phoneView.value === "output") && <Pane />}
          </div>
        </div>
      </main>
      <CodePage />
    </div>
  );
};

const ProblemsLabel = () => (
  <>
    Problems
    {errors.value + warnings.value > 0 && (
      <span class={errors.value > 0 ? "badge badge-error" : "badge badge-warning"}>{errors.value + warnings.value}</span>
    )}
  </>
);

/** How wide the two sides are, by pointer or by arrow keys. */
const Divider = ({ split }: { split: { value: number } }) => {
  const set = (percent: number) => {
    split.value = Math.round(Math.min(75, Math.max(25, percent)) * 10) / 10;
  };
  return (
    <div
      class="divider"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the documents"
      aria-valuemin={25}
      aria-valuemax={75}
      aria-valuenow={Math.round(split.value)}
      tabIndex={0}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
        if (step !== undefined) {
          event.preventDefault();
          set(split.value + step);
        }
      }}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) set((event.clientX / innerWidth) * 100);
      }}
      onDblClick={() => set(46)}
    />
  );
};
