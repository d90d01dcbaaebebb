//! Which clients can reach which hosts.

mod csv;
mod dot;
mod filter;
mod graph;
mod head;
mod mermaid;
mod page;
mod picture;
mod row;
mod shown_rows;
mod table;
mod types;
mod unknowns;

pub(super) use row::{account_name, addresses, at, row, target, where_from};
pub use types::{
    Flow, FlowClient, FlowTarget, ReachFilter, ReachFormat, ReachOnly, ReachRequest, ReachResponse, UnknownReason,
};

use std::collections::BTreeSet;

use super::workspace::{CompiledMesh, Said};
use super::{UsageError, Workspace};
use crate::model::PolicySet;
use crate::reach::Reachability;
use crate::universe::{Granularity, NamespaceGranularity, Universe, UniverseInputs};
use filter::kept;
use head::Head;
use shown_rows::{say_every, shown, spelled_out, told_apart};
use unknowns::Unknowns;

/// The largest number of rows: more than anybody reads, and few enough for memory, because a row takes half a kilobyte.
const MOST_ROWS: usize = 1_000_000;

/// Lists which clients can reach which hosts, with the objects that the policies compile to and the objects in the
/// sources.
///
/// ```
/// use egressc_core::api::{ReachRequest, Source, Verdict, reach};
///
/// let entry = r#"
/// apiVersion: networking.istio.io/v1
/// kind: ServiceEntry
/// metadata: {name: ext, namespace: mytest}
/// spec:
///   hosts: [ext.example]
///   resolution: DNS
///   ports: [{number: 80, name: http, protocol: HTTP}]
/// "#;
/// let sources = vec![Source::text("entry.yaml", entry)];
/// let response = reach(&ReachRequest { sources, ..ReachRequest::default() })?;
/// let open = response.flows.iter().find(|flow| flow.to.host == "ext.example" && flow.verdict == Verdict::Allowed);
/// assert!(open.is_some_and(|flow| flow.bypass && !flow.declared));
/// # Ok::<(), egressc_core::api::UsageError>(())
/// ```
///
/// # Errors
/// When the answer would have too many rows, or the filter names no client.
pub fn reach(request: &ReachRequest) -> Result<ReachResponse, UsageError> {
    let workspace = Workspace::load(&request.sources).position_encoding(request.position_encoding);
    workspace.rendering(request.render).reached(request)
}

impl Workspace {
    /// Which clients can reach which hosts, as in [`reach()`]. With a format, the response also contains it as text.
    ///
    /// ```
    /// use egressc_core::api::{ReachFormat, Source, Workspace};
    ///
    /// let response = Workspace::load(&[]).reach(Some(ReachFormat::Csv))?;
    /// assert!(response.ok);
    /// assert!(response.text.is_some_and(|text| text.starts_with("namespace,labels,")));
    /// # Ok::<(), egressc_core::api::UsageError>(())
    /// ```
    ///
    /// # Errors
    /// When the answer would have too many rows.
    pub fn reach(&self, format: Option<ReachFormat>) -> Result<ReachResponse, UsageError> {
        self.reached(&ReachRequest { format, ..ReachRequest::default() })
    }

    /// Answers a request whose sources are read already.
    fn reached(&self, request: &ReachRequest) -> Result<ReachResponse, UsageError> {
        let (report, mesh) = self.mesh();
        let (Said { diagnostics, rendered }, mut places) = self.say(report);
        let mut response = ReachResponse {
            ok: mesh.is_some(),
            flows: Vec::new(),
            unknowns: Vec::new(),
            assumed: Vec::new(),
            text: None,
            diagnostics,
            rendered,
        };
        let Some(mesh) = mesh else { return Ok(response) };

        let side = side(&mesh);
        let inputs = UniverseInputs { namespaces: NamespaceGranularity::Alike, ..side.universe_inputs() };
        let universe = universe_of(&mesh, &inputs)?;
        let mut unknowns = Unknowns::default();
        let mut assumed = BTreeSet::new();
        let accountability = mesh.set.map(PolicySet::accountability).unwrap_or_default();
        for each in side.rows(&universe) {
            unknowns.count(&each.outcome);
            let found = (each.class, each.dialled.as_slice(), &each.outcome);
            response.flows.push(row(found, mesh.environment, &accountability, &mut places));
            assumed.extend(each.outcome.assumed);
        }
        say_every(&mut response.flows);
        let all_rows = response.flows.len();
        let told = request.format.map(|_| told_apart(&response.flows)).unwrap_or_default();
        if let Some(filter) = &request.filter {
            response.flows = kept(response.flows, filter)?;
        }
        response.unknowns = unknowns.sorted();
        response.assumed = assumed.into_iter().collect();
        let head = Head::new(request.title.as_deref(), request.date, &response.flows);
        let spelled = request.format.map(|_| spelled_out(&response.flows, &told)).unwrap_or_default();
        let rows = || shown(&spelled);
        response.text = request.format.map(|format| match format {
            ReachFormat::Table if response.flows.is_empty() && request.filter.is_some() => {
                format!("no row matches the filter; without it there are {all_rows}\n")
            }
            ReachFormat::Table => table::text(&response, &rows()),
            ReachFormat::Csv => csv::text(&spelled),
            ReachFormat::Mermaid => mermaid::text(&rows()),
            ReachFormat::Dot => dot::text(&rows()),
            ReachFormat::Html => page::text(&rows(), &head, &response.assumed),
            ReachFormat::Svg => picture::text(&rows(), &head),
        });
        Ok(response)
    }
}

/// Prepares the evaluation of a mesh.
pub(super) fn side<'m>(mesh: &CompiledMesh<'m>) -> Reachability<'m> {
    Reachability::new(mesh.objects, mesh.environment, mesh.set)
}

/// The classes of requests to evaluate in it.
pub(super) fn universe(mesh: &CompiledMesh, side: &Reachability) -> Result<Universe, UsageError> {
    universe_of(mesh, &side.universe_inputs())
}

fn universe_of(mesh: &CompiledMesh, inputs: &UniverseInputs) -> Result<Universe, UsageError> {
    // The proof has already evaluated the finer classes of the compiled objects.
    let granularity = if mesh.given.is_empty() { Granularity::Row } else { Granularity::Proof };
    Universe::of(inputs, granularity, MOST_ROWS).map_err(|found| UsageError::too_many_rows(found, MOST_ROWS))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::api::Source;
    use crate::trace::{Scheme, Verdict};

    const REGISTRY_ONLY: &str = "---\n{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: m}, spec: {outboundTrafficPolicy: REGISTRY_ONLY}}\n";

    fn asked(text: &str) -> Result<ReachResponse, UsageError> {
        reach(&ReachRequest { sources: vec![Source::text("mesh.yaml", text)], ..ReachRequest::default() })
    }

    fn object(kind: &str, name: &str, namespace: &str, spec: &str) -> String {
        let group = "networking.istio.io/v1";
        format!(
            "---\n{{apiVersion: {group}, kind: {kind}, metadata: {{name: {name}, namespace: {namespace}}}, spec: {spec}}}\n"
        )
    }

    #[test]
    fn too_many_rows_are_counted_and_not_made() {
        let mut text = String::new();
        for at in 0..1_100 {
            let spec = format!("{{workloadSelector: {{labels: {{app: a{at}}}}}, egress: [{{hosts: ['./*']}}]}}");
            text.push_str(&object("Sidecar", &format!("s{at}"), "mytest", &spec));
        }
        let ports = "[{number: 80, name: a, protocol: HTTP}, {number: 81, name: b, protocol: HTTP}]";
        // Istio takes at most 256 hosts in one entry.
        for part in 0..4 {
            let hosts = (0..250).fold(String::new(), |mut hosts, at| {
                let _ = write!(hosts, "h{at}-{part}.example, ");
                hosts
            });
            let spec = format!("{{hosts: [{hosts}], ports: {ports}}}");
            text.push_str(&object("ServiceEntry", &format!("part{part}"), "other", &spec));
        }
        text.push_str(REGISTRY_ONLY);
        let error = asked(&text).unwrap_err().to_string();
        assert_eq!(
            error,
            "the result would have at least 2204000 rows, and at most 1000000 are allowed; \
             use fewer namespaces of the mesh at a time"
        );
    }

    #[test]
    fn more_rivals_than_can_be_tried_are_unknown() {
        let mut text = String::new();
        for at in 0..80 {
            let spec = format!("{{hosts: [h{at}.example], ports: [{{number: 9000, name: t, protocol: TCP}}]}}");
            text.push_str(&object("ServiceEntry", &format!("s{at}"), "mytest", &spec));
        }
        text.push_str(REGISTRY_ONLY);
        let flows = asked(&text).unwrap().flows;
        assert!(flows.len() > 80);
        for flow in flows {
            assert_eq!((flow.to.scheme, flow.verdict), (Scheme::Tcp, Verdict::Unknown), "{flow:?}");
        }
    }
}
