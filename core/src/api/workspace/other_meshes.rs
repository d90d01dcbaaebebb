//! Meshes whose control plane is not Istio's own.

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::Doubts;
use crate::resource::of_openshift_2;
use crate::syntax::Node;

/// What objects show of `OpenShift` Service Mesh 2: its rules are not followed, so that results are unknown.
pub(super) fn doubt_other_control_planes(given: &[&Node], doubts: &mut Doubts, report: &mut Report) {
    let Some(shown) = given.iter().find_map(|object| of_openshift_2(object)) else { return };
    report.push(
        Diagnostic::new(
            &codes::SETTING_NOT_FOLLOWED,
            shown.span,
            format!("egressc does not follow the rules of OpenShift Service Mesh 2, which {} is for", shown.value),
        )
        .note("its control plane sees the objects of its members alone, and injects pods by an annotation")
        .help("make sure that every namespace of a client, of the gateway and of the objects is a member of the mesh"),
    );
    doubts.control_plane = Some(format!("OpenShift Service Mesh 2, which {} is for,", shown.value));
}
