//! Objects that are not in the mesh, because the Kubernetes API or Istio's webhook refuses them.

use std::collections::BTreeSet;

use super::roots::roots;
use super::within::within;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{Objects, RefusedObject};
use crate::syntax::Document;

/// Reports each of them, with the rules that it breaks.
pub(crate) fn refused(given: &Objects, documents: &[Document], report: &mut Report) {
    if given.refused.is_empty() {
        return;
    }
    let roots = roots(documents);
    report.extend(given.refused.iter().filter_map(|refused| {
        let found = diagnostic(refused)?;
        let root = refused.meta.span.and_then(|name| roots.get(&name));
        Some(match root {
            Some(root) => within(found, root, refused.meta.span),
            None => found,
        })
    }));
}

fn diagnostic(refused: &RefusedObject) -> Option<Diagnostic> {
    let meta = &refused.meta;
    let (first, more) = refused.broken.split_first()?;
    let message = format!("Istio refuses {} `{}/{}`: {}", meta.kind, meta.namespace, meta.name, first.rule);
    let mut diagnostic = Diagnostic::at(&codes::REFUSED_BY_ISTIO, first.span, message);
    for problem in more {
        diagnostic = match problem.span {
            Some(span) => diagnostic.label(span, problem.rule.as_str()),
            None => diagnostic.note(problem.rule.as_str()),
        };
    }
    let sources: BTreeSet<&str> = refused.broken.iter().map(|problem| problem.source).collect();
    for source in sources {
        diagnostic = diagnostic.note(format!("the rule is in {source}"));
    }
    Some(diagnostic.note("the object is left out of every answer, because a cluster does not have it"))
}
