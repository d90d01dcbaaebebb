//! What a compile proves before it returns the resources.

use super::{Policies, Workspace};
use crate::check::check;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::facts;
use crate::lint::{beside_policies, hand_written, leads_to_usual_gateway};
use crate::prove::{apply, past_sidecars, prove};
use crate::resolve::assume_usual;

impl Workspace {
    /// All diagnostics of a compile; an error refuses it. The facts are compared with the compiled objects, the result
    /// is proven, and the user's own objects are applied to it.
    pub(in crate::api) fn proof(&self) -> &Report {
        self.proof.get_or_init(|| self.prove())
    }

    /// The diagnostics of `check`: those of a compile, where there are policies, and what is wrong with the user's own objects.
    pub(in crate::api) fn checked(&self) -> Report {
        let has_objects = self.given().metas().any(|meta| meta.kind != "Service");
        let mut report = match &self.policies {
            // Without policies there is nothing to compile, and objects can be checked all the same.
            Policies::Missing(_) if has_objects => self.without_templates(),
            Policies::Missing(_) | Policies::Refused | Policies::Valid(_) => self.proof().clone(),
        };
        if report.has_errors() || !has_objects {
            return report;
        }
        let mut environment = match &self.policies {
            Policies::Missing(set) => set.environment.clone(),
            Policies::Refused => return report,
            Policies::Valid(set) => set.environment.clone(),
        };
        if let Some(place) = leads_to_usual_gateway(self.given(), &environment) {
            assume_usual(&mut environment, place, &mut report);
        }
        let (compiled, theirs) = (self.compiled(), self.theirs());
        let objects = self.together.get_or_init(|| compiled.objects.and(&theirs.objects));
        hand_written(objects, &environment, &mut report);
        report
    }

    /// The diagnostics of the sources, with one for all templates: a folder of manifests often has some.
    fn without_templates(&self) -> Report {
        let of_template =
            |each: &Diagnostic| each.labels.first().is_some_and(|label| self.templates.contains(&label.span.source));
        let mut report = Report::default();
        report.extend(self.report.iter().filter(|each| !of_template(each)).cloned());
        let names = self.templates.iter().filter_map(|id| self.sources.get(*id)).map(|source| &*source.name);
        let names: Vec<&str> = names.collect();
        if let Some((first, more)) = names.split_first() {
            let message = match more.len() {
                0 => format!("`{first}` is a template of Helm, and is left out"),
                more => format!("`{first}` and {more} more are templates of Helm, and are left out"),
            };
            report.push(
                Diagnostic::nowhere(&codes::TEMPLATE_SKIPPED, message)
                    .note("an object of a template may change what is said about the others")
                    .help("render it with `helm template`, and check the result"),
            );
        }
        report
    }

    fn prove(&self) -> Report {
        let mut report = self.report.clone();
        let set = match &self.policies {
            Policies::Valid(set) => set,
            Policies::Refused => return report,
            Policies::Missing(set) => {
                // This is reported only if nothing else is wrong: a policy that could not be read is not missing.
                if !report.has_errors() {
                    report.push(
                        Diagnostic::nowhere(&codes::NO_POLICY, "the input contains no ASMEgressTrafficPolicy")
                            .help("add the files or folders with the policies of the mesh"),
                    );
                }
                check(set.clone(), &mut report);
                return report;
            }
        };
        let compiled = self.compiled();
        facts::check(set, &compiled.objects, self.given(), &mut report);
        // If the facts are wrong, the proof would report them as a bug of egressc.
        if !report.has_errors() {
            prove(set, &compiled.manifests, &compiled.objects, &mut report);
        }
        if !report.has_errors() {
            let theirs = self.theirs();
            report.extend(theirs.report.iter().cloned());
            beside_policies(set, &theirs.objects, &self.documents, &self.sources, &mut report);
            apply(set, &compiled.objects, &theirs.objects, &mut report);
            past_sidecars(set, &mut report);
        }
        report
    }
}
