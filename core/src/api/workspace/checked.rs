//! What `check` says beside the diagnostics of a compile: about the objects that people wrote by hand.

use super::{Policies, Workspace};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::ServiceEndpoint;
use crate::lint::{hand_written, leads_to_usual_gateway, report_unknown_fields};
use crate::resolve::assume_usual;
use crate::syntax::Node;

impl Workspace {
    /// The diagnostics of `check`: those of a compile, where there are policies, and what is wrong with the user's own objects.
    pub(in crate::api) fn checked(&self) -> &Report {
        self.checked.get_or_init(|| self.lint())
    }

    fn lint(&self) -> Report {
        let given = self.given();
        let names_outside = given.services.iter().any(|service| service.spec.external_name.is_some());
        // Beside policies a Service may lead past the gateway by its addresses.
        let endpoints = || given.endpoint_slices.iter().flat_map(|slice| &slice.spec.endpoints);
        let leads_outside =
            matches!(self.policies, Policies::Valid(_)) && endpoints().any(ServiceEndpoint::may_be_outside);
        let has_objects = names_outside
            || leads_outside
            || !given.refused.is_empty()
            || !given.waypoints.is_empty()
            || given.metas().any(|meta| meta.kind != "Service");
        let mut report = match &self.policies {
            // Without policies there is nothing to compile, and objects can be checked all the same.
            Policies::Missing(_) if has_objects => self.without_templates(),
            Policies::Missing(_) if self.is_about_something_else() => self.nothing_about_egress(),
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
        report_unknown_fields(&self.documents, &mut report);
        hand_written((objects, &environment), &self.documents, &self.sources, &mut report);
        self.without_fixes_that_open(report)
    }

    /// Whether there are objects of Kubernetes, and none that somebody writes for egressc: beside a description of the mesh or an
    /// expectation a missing policy is almost always a wrong path.
    fn is_about_something_else(&self) -> bool {
        let is_of_egressc = |root: &Node| {
            let version = root.given("apiVersion").and_then(Node::text).unwrap_or_default();
            let kind = root.given("kind").and_then(Node::text).unwrap_or_default();
            version.starts_with("egressc.dev/") && kind != "CheckConfiguration"
        };
        let is_object = |root: &Node| {
            let kind = root.given("kind").and_then(Node::text);
            // A list is none without its items.
            let is_one =
                |kind: &str| kind != "CheckConfiguration" && root.entries().iter().all(|entry| &*entry.key != "items");
            root.given("apiVersion").and_then(Node::text).is_some() && kind.is_some_and(is_one)
        };
        let roots = || {
            self.documents.iter().flat_map(|document| {
                let items = document.root.given("items").map(Node::items).unwrap_or_default();
                items.iter().chain([&document.root])
            })
        };
        roots().any(is_object) && !roots().any(is_of_egressc)
    }

    fn nothing_about_egress(&self) -> Report {
        let mut report = self.without_templates();
        if !report.has_errors() {
            report.push(
                Diagnostic::nowhere(&codes::NOTHING_ABOUT_EGRESS, "none of the objects is about egress")
                    .note("there is no policy, no object of Istio and no Service of type `ExternalName`")
                    .help("add the files or folders with the policies, or with the objects of Istio"),
            );
        }
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
}
