//! Holds what was lowered against what was declared: the compile's own proof.
//!
//! Over a finite set of requests that stands for all ([`universe`]), what the policies mean and what Istio would do
//! with the generated objects must agree. **Sound**: no byte reaches a destination that is not declared for that client.
//! **Complete**: every declared flow arrives as declared. A mismatch, or an answer that cannot be known, refuses the
//! compile and names the request. It can only be a bug of ours, and is better met here than in a mesh.

mod applied;
mod universe;

pub use applied::{apply, without_ours};

use crate::check::Valid;
use crate::diagnostic::{Code, Diagnostic, Report, codes};
use crate::istio::Objects;
use crate::mesh::MeshConfig;
use crate::model::PolicySet;
use crate::source::Span;
use crate::trace::outcome::World;
use crate::trace::{ClientPath, Intent, Intents, Query, Reached, Trace, Verdict};

/// Witnesses of one compile; the first says as much as a hundred.
const MOST_WITNESSES: usize = 5;

/// Proves the objects of a policy set, and gives them as Istio reads them. `values` are `config` as it is emitted.
pub fn prove(
    set: &Valid<PolicySet>,
    config: &MeshConfig,
    values: &[serde_json::Value],
    report: &mut Report,
) -> Objects {
    let mut objects = Objects::default();
    for value in values {
        objects.made(value);
    }
    let world = World::new(&objects, &set.environment);
    let intents = Intents::of(set);
    let mut witnesses = 0_usize;
    universe::each(set, config, &universe::More::default(), &mut |query, span| {
        if witnesses < MOST_WITNESSES
            && let Some(witness) = judge(&intents, query, &world.outcome(query), span)
        {
            witnesses = witnesses.saturating_add(1);
            report.push(witness);
        }
    });
    objects
}

/// Whether a request fares as it should; the diagnostic that says how not.
fn judge(intents: &Intents, query: &Query, trace: &Trace, span: Span) -> Option<Diagnostic> {
    let found = |code: &'static Code, what: String| {
        Some(
            Diagnostic::new(code, span, format!("{}, and {what}", query.describe()))
                .note("nothing is written")
                .help("this is a bug in egressc; please report it with this policy"),
        )
    };
    if trace.verdict == Verdict::Unknown {
        return found(&codes::UNPROVEN, format!("what comes of it cannot be known: {}", trace.unknown.join("; ")));
    }
    match (intents.ask(query), &trace.reached) {
        (Intent::NotCaptured, _) | (Intent::Blocked | Intent::MayArrive(_) | Intent::ByItsOwnExits, None) => None,
        (Intent::Arrives(to) | Intent::MayArrive(to) | Intent::Diverted(to), Some(reached))
            if *reached == to && trace.gateway.is_some() =>
        {
            None
        }
        (Intent::ByItsOwnExits, Some(reached)) if is_own_exit(intents, query, reached) => None,
        (Intent::Arrives(to) | Intent::Diverted(to), None) => {
            found(&codes::INCOMPLETE, format!("does not reach {}", describe(&to)))
        }
        (_, Some(reached)) => {
            let past = if trace.gateway.is_none() { " past every gateway" } else { "" };
            found(&codes::UNSOUND, format!("reaches {}{past}", describe(reached)))
        }
    }
}

fn is_own_exit(intents: &Intents, query: &Query, reached: &Reached) -> bool {
    match &query.path {
        ClientPath::Direct { gateway, .. } => intents.may_leave(query, gateway, reached),
        ClientPath::Sidecar | ClientPath::None => false,
    }
}

fn describe(reached: &Reached) -> String {
    let how = if reached.tls { "TLS" } else { "plain text" };
    format!("{} port {} in {how}", reached.host, reached.port)
}
