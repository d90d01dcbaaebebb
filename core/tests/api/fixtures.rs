//! The head of a policy, and a mesh with one gateway, as texts that a test puts its own lines behind.

/// A policy of a gateway, down to the rules that are put behind it.
macro_rules! policy {
    ($gateway:literal $(, $rules:literal)?) => {
        concat!(
            "apiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy\nmetadata: {name: egress-by-",
            $gateway,
            ", namespace: istio-egress}\nspec:\n  byEgressGateway: {name: ",
            $gateway,
            "}\n  egressRules:\n"
            $(, $rules)?
        )
    };
}

/// A mesh that blocks what nobody registers; more fields of its `spec` are put behind it.
macro_rules! environment {
    ($($more:expr),*) => {
        concat!(
            "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {name: prod}\nspec:\n  outboundTrafficPolicy: REGISTRY_ONLY\n"
            $(, $more)*
        )
    };
}

/// The same with a gateway whose pods take mutual TLS, and the ports of its Service.
macro_rules! mesh {
    ($gateway:literal, $($port:literal),*) => {
        environment!(
            "  gateways:\n  - name: ", $gateway,
            "\n    podLabels: {istio: ", $gateway, ", security.istio.io/tlsMode: istio}\n    ports:\n"
            $(, "    - ", $port, "\n")*
        )
    };
}
