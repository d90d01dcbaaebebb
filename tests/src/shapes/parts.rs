//! What shapes are put together from.

/// The name of a shape, and its text.
pub(super) type Named = (&'static str, fn(usize) -> String);

pub(super) const MESH: &str = "---\napiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {name: prod}\nspec:\n  outboundTrafficPolicy: REGISTRY_ONLY\n  gateways:\n  - name: egressgateway\n    namespace: istio-system\n    podLabels: {istio: egressgateway}\n    ports: [{port: 80, targetPort: 8080, class: http}, {port: 443, targetPort: 8443, class: tls}]\n";

/// Objects, one after the other.
pub(super) fn many(count: usize, object: impl Fn(usize) -> String) -> String {
    (0..count).map(object).collect()
}

/// Items of a list in one line.
pub(super) fn items(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<String>>().join(", ")
}
