//! What documents about a control plane say, each alone and several together (docs/istio/data-plane.md).

use egressc_core::api::{CheckRequest, Query, Source, TraceRequest, Verdict, check, trace};

use Verdict::{Allowed, Blocked, Diverted, Unknown};

fn sources(documents: &[&str]) -> Vec<Source> {
    documents.iter().enumerate().map(|(at, text)| Source::text(format!("{at}.yaml"), *text)).collect()
}

/// What becomes of a request of a client of `shop`.
fn asked(documents: &[&str], url: &str) -> Verdict {
    let query: Query = format!("shop,app=cart -> {url}").parse().unwrap();
    let request = TraceRequest { sources: sources(documents), query: Some(query), ..TraceRequest::default() };
    let response = trace(&request).unwrap();
    response.trace.unwrap_or_else(|| panic!("{:#?}", response.diagnostics)).verdict
}

/// What is said of the documents themselves.
fn codes(documents: &[&str]) -> Vec<String> {
    let response = check(&CheckRequest { sources: sources(documents), ..CheckRequest::default() }).unwrap();
    let codes = response.diagnostics.into_iter().map(|found| found.code);
    codes.filter(|code| ["EGR0306", "EGR0315", "EGR0615"].contains(&code.as_str())).collect()
}

fn config_map(mesh: &str) -> String {
    let mesh: serde_json::Value = mesh.into();
    format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: istio, namespace: istio-system}}, data: {{mesh: {mesh}}}}}"
    )
}

/// `istioctl install` reads it from a file.
#[test]
fn an_operator_needs_no_name() {
    for metadata in ["", "metadata: {}, ", "metadata: {namespace: istio-system}, ", "metadata: {labels: {a: b}}, "] {
        let operator = |mode: &str| {
            format!(
                "{{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, {metadata}spec: {{meshConfig: {{outboundTrafficPolicy: {{mode: {mode}}}}}}}}}"
            )
        };
        assert_eq!(asked(&[&operator("REGISTRY_ONLY")], "http://nowhere.example.org"), Blocked, "{metadata}");
        assert_eq!(asked(&[&operator("ALLOW_ANY")], "http://nowhere.example.org"), Allowed, "{metadata}");
        // Two of them are not one object that is given twice.
        let both: [&str; 2] = [&operator("REGISTRY_ONLY"), &operator("ALLOW_ANY")];
        assert_eq!(asked(&both, "http://nowhere.example.org"), Unknown, "{metadata}");
    }
}

fn operator(name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {{name: {name}}}, spec: {{{spec}}}}}"
    )
}

fn injector(values: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: istio-sidecar-injector, namespace: istio-system}}, data: {{values: '{values}'}}}}"
    )
}

const FREE: &str = "https://free.example.org";
const STRICT: &str = "outboundTrafficPolicy: {mode: REGISTRY_ONLY}";
const CAPTURES_DNS: &str = r#"defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true"}}"#;

/// With DNS capture this entry has an address of its own; without it, it takes the whole port.
const DATABASE: &str = "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db, namespace: shop}
spec: {hosts: [db.example.com], ports: [{number: 5432, name: tcp, protocol: TCP}], resolution: DNS}
";
const OTHER: &str = "tcp://other.example.com:5432";

/// `ApplyMeshConfig` of `pkg/config/mesh/mesh.go` says so of each.
#[test]
fn a_mesh_config_is_protobuf_in_json() {
    for (mesh, expected) in [
        ("", Allowed),
        ("outboundTrafficPolicy: ", Allowed),
        ("outboundTrafficPolicy: {}", Blocked),
        ("outboundTrafficPolicy: {mode: }", Blocked),
        ("outboundTrafficPolicy: {bogus: 1}", Blocked),
        ("outboundTrafficPolicy: {mode: 0}", Blocked),
        ("outboundTrafficPolicy: {mode: 1}", Allowed),
        ("outboundTrafficPolicy: {mode: 2}", Unknown),
        ("outbound_traffic_policy: {mode: REGISTRY_ONLY}", Blocked),
        ("bogus: 1\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}", Blocked),
        ("trustDomain: Corp.Example.\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}", Blocked),
        // Of both names that of JSON counts.
        ("outbound_traffic_policy: {mode: REGISTRY_ONLY}\noutboundTrafficPolicy: {mode: ALLOW_ANY}", Allowed),
        // A number may be quoted.
        ("proxyListenPort: 15001.0\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}", Blocked),
        ("proxyListenPort: '15001'\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}", Blocked),
    ] {
        assert_eq!(asked(&[&config_map(mesh)], FREE), expected, "{mesh}");
    }
    for (mesh, expected) in [
        ("defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'true'}}", Blocked),
        ("defaultConfig: {proxy_metadata: {ISTIO_META_DNS_CAPTURE: 'true'}}", Blocked),
        // That part is merged by itself, and only by its name in JSON.
        ("default_config: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'true'}}", Diverted),
        // Istiod does not serve such a proxy.
        ("defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'yes please'}}", Unknown),
    ] {
        let mesh = format!("{STRICT}\n{mesh}");
        assert_eq!(asked(&[&config_map(&mesh), DATABASE], OTHER), expected, "{mesh}");
    }
}

/// `NewCollection` of `pkg/config/mesh/meshwatcher/collection.go`.
#[test]
fn one_value_that_istiod_cannot_read_leaves_nothing_of_a_mesh_config_in_force() {
    for broken in [
        "defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: true}}",
        "defaultConfig: {holdApplicationUntilProxyStarts: 'true'}",
        "defaultConfig: {concurrency: two}",
        "enableTracing: 'yes'",
        "connectTimeout: 5",
        "protocolDetectionTimeout: 100",
        "accessLogFile: [x]",
        "accessLogEncoding: text",
        "defaultServiceExportTo: '.'",
        "discoverySelectors: {matchLabels: {a: b}}",
        "trustDomain: corp_example",
        "trustDomainAliases: ['*-test']",
        "extensionProviders: [{name: a, envoyExtAuthzGrpc: {port: http}}]",
        "outboundTrafficPolicy: ALLOW_ANY",
        "proxyListenPort: 1.0e300",
        "proxyListenPort: 4294967296.0",
    ] {
        for mesh in [format!("{broken}\n"), format!("{STRICT}\n{broken}\n")] {
            if broken.starts_with("outbound") && mesh.starts_with(STRICT) {
                continue;
            }
            let mesh = config_map(&mesh);
            assert_eq!(asked(&[&mesh], FREE), Unknown, "{mesh}");
            assert!(codes(&[&mesh]).contains(&"EGR0315".to_owned()), "{mesh}");
            // Nobody else says what istiod has in force, except who says so outright.
            let rendered_from = operator("i", &format!("meshConfig: {{{STRICT}}}"));
            assert_eq!(asked(&[&mesh, &rendered_from], FREE), Unknown, "{mesh}");
        }
    }
    let stated = "{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: m}, spec: {outboundTrafficPolicy: REGISTRY_ONLY}}";
    assert_eq!(asked(&[&config_map("connectTimeout: 5"), stated], FREE), Blocked);
    let values = "{meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}, connectTimeout: 5}}";
    assert_eq!(asked(&[values], FREE), Unknown);
}

#[test]
fn a_proxy_config_that_istio_refuses_says_nothing() {
    let mesh = config_map(STRICT);
    let config = |variables: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {{name: dns, namespace: shop}}, spec: {{environmentVariables: {variables}}}}}"
        )
    };
    let good = config("{ISTIO_META_DNS_CAPTURE: 'true'}");
    assert_eq!(asked(&[&mesh, &good, DATABASE], OTHER), Blocked);
    let refused = config("{ISTIO_META_DNS_CAPTURE: true}");
    assert_eq!(asked(&[&mesh, &refused, DATABASE], OTHER), Diverted);
    assert_eq!(codes(&[&mesh, &refused]), ["EGR0615"]);
    // A pod with such an annotation is not created.
    let pods = |config: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: cart, namespace: shop}}, spec: {{template: {{metadata: {{labels: {{app: cart, sidecar.istio.io/inject: 'true'}}, annotations: {{proxy.istio.io/config: '{config}'}}}}, spec: {{containers: [{{name: c, image: x}}]}}}}}}}}"
        )
    };
    for (config, expected) in [
        ("proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}", Blocked),
        ("proxy_metadata: {ISTIO_META_DNS_CAPTURE: \"true\"}", Blocked),
        ("proxyMetadata: {ISTIO_META_DNS_CAPTURE: true}", Unknown),
        ("proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"maybe\"}", Unknown),
        ("holdApplicationUntilProxyStarts: \"true\"", Unknown),
        ("interception_mode: NONE", Allowed),
        ("interceptionMode: 2", Allowed),
    ] {
        assert_eq!(asked(&[&mesh, &pods(config), DATABASE], OTHER), expected, "{config}");
    }
}

#[test]
fn the_usual_mode_in_an_annotation_may_be_overlooked() {
    const CONFIG: &str = "proxy.istio.io/config: 'interceptionMode: REDIRECT'";
    const ANNOTATION: &str = "sidecar.istio.io/interceptionMode: REDIRECT";
    let mesh = |defaults: &str| config_map(&format!("{STRICT}\ndefaultConfig: {{{defaults}}}"));
    let pods = |annotation: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: cart, namespace: shop}}, spec: {{template: {{metadata: {{labels: {{app: cart, sidecar.istio.io/inject: 'true'}}, annotations: {{{annotation}}}}}, spec: {{containers: [{{name: c, image: x}}]}}}}}}}}"
        )
    };
    for (defaults, annotation, expected) in [
        ("interceptionMode: NONE", "a: b", Allowed),
        ("interceptionMode: NONE", CONFIG, Unknown),
        ("interceptionMode: NONE", ANNOTATION, Blocked),
        ("interceptionMode: NONE", "proxy.istio.io/config: 'interceptionMode: TPROXY'", Blocked),
        ("interceptionMode: TPROXY", CONFIG, Blocked),
        ("", CONFIG, Blocked),
    ] {
        assert_eq!(asked(&[&mesh(defaults), &pods(annotation)], FREE), expected, "{defaults} {annotation}");
    }
}

#[test]
fn a_document_that_says_nothing_about_a_setting_says_nothing() {
    let strict = operator("istiocontrolplane", &format!("meshConfig: {{{STRICT}}}"));
    let values = format!("{{meshConfig: {{{STRICT}}}}}");
    for other in [
        &operator("egress-gateway", "profile: empty, components: {egressGateways: [{name: e, enabled: true}]}"),
        &operator("a", "components: {pilot: {enabled: false}}"),
        &operator("a", "meshConfig: {accessLogFile: /dev/stdout}"),
        "{meshConfig: {accessLogFile: /dev/stdout}}",
        "{global: {proxy: {logLevel: warning}}}",
    ] {
        for strict in [&strict, &values] {
            assert_eq!(asked(&[strict, other], FREE), Blocked, "{other}");
            assert_eq!(asked(&[other, strict], FREE), Blocked, "{other}");
        }
    }
    // Nobody says what the mesh config is: these install gateways, or may be values of any chart.
    for alone in [
        &operator("a", "profile: empty, components: {egressGateways: [{name: e, enabled: true}]}"),
        &operator("a", "components: {pilot: {enabled: false}}"),
        "{image: x, global: {proxy: {enabled: true}}}",
    ] {
        assert_eq!(asked(&[alone], FREE), Unknown, "{alone}");
    }
    // The values of istiod in those of a chart around it, and the globals of that chart, which win.
    let around =
        format!("{{global: {{proxy: {{excludeOutboundPorts: '8443'}}}}, istiod: {{meshConfig: {{{STRICT}}}}}}}");
    assert_eq!(asked(&[&around], FREE), Blocked);
    assert_eq!(asked(&[&around], "https://free.example.org:8443"), Allowed);
}

#[test]
fn a_contradiction_makes_a_setting_unknown_unless_istiod_itself_says() {
    let strict = format!("{{meshConfig: {{{STRICT}}}}}");
    let open = "{meshConfig: {outboundTrafficPolicy: {mode: ALLOW_ANY}}}";
    assert_eq!(asked(&[&strict, open], FREE), Unknown);
    assert_eq!(codes(&[&strict, open]), ["EGR0306"]);
    assert_eq!(asked(&[&strict, open, &config_map(STRICT)], FREE), Blocked);
    // What is not in contradiction is known.
    let values = format!("{{meshConfig: {{{STRICT}, {CAPTURES_DNS}}}}}");
    assert_eq!(asked(&[&values, open, DATABASE], "tcp://db.example.com:5432"), Allowed);
    let off = values.replace("true", "false");
    assert_eq!(asked(&[&values, &off, DATABASE], OTHER), Unknown);
    assert_eq!(asked(&[&values, &off], FREE), Blocked);
    let ports =
        |port: &str| format!("{{meshConfig: {{{STRICT}}}, global: {{proxy: {{excludeOutboundPorts: '{port}'}}}}}}");
    assert_eq!(asked(&[&ports("443"), &ports("443")], FREE), Allowed);
    assert_eq!(asked(&[&ports("443"), &ports("8443")], FREE), Unknown);
    let domain = |domain: &str| format!("{{meshConfig: {{{STRICT}, rootNamespace: {domain}}}}}");
    assert_eq!(asked(&[&domain("a"), &domain("a")], FREE), Blocked);
    assert_eq!(asked(&[&domain("a"), &domain("b")], FREE), Unknown);
}

#[test]
fn what_istiod_reads_wins_as_a_whole() {
    // An operator that is not applied yet.
    let next = operator(
        "next",
        "meshConfig: {outboundTrafficPolicy: {mode: ALLOW_ANY}, defaultConfig: {interceptionMode: NONE, proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'true'}}, discoverySelectors: [{matchLabels: {mesh: on-it}}]}, values: {global: {proxy: {excludeOutboundPorts: '443'}}}",
    );
    let now = [config_map(STRICT), injector("{}")];
    assert_eq!(asked(&[&now[0], &now[1], &next], FREE), Blocked);
    assert_eq!(asked(&[&now[0], &now[1], &next, DATABASE], OTHER), Diverted);
    assert_eq!(codes(&[&now[0], &now[1], &next]), ["EGR0306"; 5]);
    // Of the injector's values only the operator says something here.
    assert_eq!(asked(&[&now[0], &next], FREE), Allowed);
    assert_eq!(asked(&[&now[0], &next], "https://free.example.org:8443"), Blocked);
}

#[test]
fn the_profile_preview_has_sidecars_answer_dns() {
    let sail = |spec: &str| {
        format!("{{apiVersion: sailoperator.io/v1, kind: Istio, metadata: {{name: default}}, spec: {{{spec}}}}}")
    };
    for document in [
        operator("i", &format!("profile: preview, meshConfig: {{{STRICT}}}")),
        operator("i", &format!("values: {{profile: preview, meshConfig: {{{STRICT}}}}}")),
        sail(&format!("profile: preview, values: {{meshConfig: {{{STRICT}}}}}")),
        format!("{{profile: preview, meshConfig: {{{STRICT}}}}}"),
        format!("{{global: {{profile: preview}}, meshConfig: {{{STRICT}}}}}"),
    ] {
        assert_eq!(asked(&[&document, DATABASE], OTHER), Blocked, "{document}");
        let off = document.replace(STRICT, &format!("{STRICT}, {CAPTURES_DNS}").replace("true", "false"));
        assert_eq!(asked(&[&off, DATABASE], OTHER), Diverted, "{off}");
        let default = document.replace("preview", "default");
        assert_eq!(asked(&[&default, DATABASE], OTHER), Diverted, "{default}");
    }
}

#[test]
fn switches_of_istiod_are_found_wherever_they_are_set() {
    let mesh = format!("meshConfig: {{{STRICT}, {CAPTURES_DNS}}}");
    let istiod = |labels: &str, variable: &str, value: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: istiod, namespace: istio-system}}, spec: {{template: {{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{{name: discovery, image: pilot, env: [{{name: {variable}, value: '{value}'}}]}}]}}}}}}}}"
        )
    };
    let component = |variable: &str, value: &str| {
        operator(
            "i",
            &format!("{mesh}, components: {{pilot: {{k8s: {{env: [{{name: {variable}, value: '{value}'}}]}}}}}}"),
        )
    };
    let values = format!("{{{mesh}}}");
    let is_asked = |documents: &[&str]| {
        let mut documents = documents.to_vec();
        documents.push(DATABASE);
        asked(&documents, OTHER)
    };
    for (variable, value, expected) in [
        ("PILOT_ENABLE_IP_AUTOALLOCATE", "false", Unknown),
        ("PILOT_ENABLE_IP_AUTOALLOCATE", "true", Blocked),
        ("PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE", "false", Unknown),
        ("PILOT_SCOPE_GATEWAY_TO_NAMESPACE", "true", Unknown),
        ("PILOT_SCOPE_GATEWAY_TO_NAMESPACE", "false", Blocked),
        ("SHARED_MESH_CONFIG", "shared", Unknown),
        ("SHARED_MESH_CONFIG", "", Blocked),
        ("PILOT_TRACE_SAMPLING", "100", Blocked),
    ] {
        let deployment = istiod("app: istiod", variable, value);
        assert_eq!(is_asked(&[&values, &deployment]), expected, "{deployment}");
        assert_eq!(is_asked(&[&component(variable, value)]), expected, "{variable}={value}");
        let in_values = format!("{{{mesh}, pilot: {{env: {{{variable}: '{value}'}}}}}}");
        assert_eq!(is_asked(&[&in_values]), expected, "{in_values}");
        // What istiod runs with counts, and not what it should run with.
        assert_eq!(is_asked(&[&in_values, &istiod("app: istiod", "REVISION", "default")]), Blocked, "{in_values}");
        assert_eq!(is_asked(&[&values, &istiod("app: other", variable, value)]), Blocked);
    }
    for document in [
        format!("{{{mesh}, compatibilityVersion: '1.29'}}"),
        operator("i", &format!("{mesh}, compatibilityVersion: '1.28'")),
        operator("i", &format!("{mesh}, values: {{compatibilityVersion: '1.27'}}")),
    ] {
        assert_eq!(is_asked(&[&document]), Unknown, "{document}");
    }
}

/// `DefaultMeshConfig` of `pkg/config/mesh/mesh.go`: not the namespace that istiod runs in.
#[test]
fn the_root_namespace_is_that_which_is_written() {
    let open = "outboundTrafficPolicy: {mode: ALLOW_ANY}";
    let sidecar = |namespace: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {{name: default, namespace: {namespace}}}, spec: {{{STRICT}, egress: [{{hosts: ['*/*']}}]}}}}"
        )
    };
    let in_values = "{meshConfig: {outboundTrafficPolicy: {mode: ALLOW_ANY}}, global: {istioNamespace: mesh-cp}}";
    for (document, root) in [
        (config_map(open).replace("istio-system", "mesh-cp"), "istio-system"),
        (config_map(&format!("{open}\nrootNamespace: mesh-cp")), "mesh-cp"),
        (operator("i", &format!("namespace: mesh-cp, meshConfig: {{{open}}}")), "istio-system"),
        (in_values.to_owned(), "mesh-cp"),
    ] {
        for namespace in ["istio-system", "mesh-cp"] {
            let expected = if namespace == root { Blocked } else { Allowed };
            assert_eq!(asked(&[&document, &sidecar(namespace)], FREE), expected, "{document} {namespace}");
        }
    }
}

/// A sidecar closes what is meant for the ports of its own, which a setting may move.
#[test]
fn the_ports_of_a_sidecar_are_where_the_mesh_config_has_them() {
    for (mesh, [usual, moved, other]) in [
        ("", [Blocked, Blocked, Blocked]),
        ("proxyListenPort: 15001", [Blocked, Blocked, Blocked]),
        ("proxyListenPort: 15001.0", [Blocked, Blocked, Blocked]),
        ("proxyListenPort: 15101", [Unknown, Unknown, Blocked]),
        ("proxyListenPort: '15101'", [Unknown, Unknown, Blocked]),
        ("proxyInboundListenPort: 15101", [Blocked, Unknown, Blocked]),
    ] {
        let config = config_map(&format!("{STRICT}\n{mesh}"));
        let asked = |port: u16| asked(&[&config], &format!("tcp://free.example.org:{port}"));
        assert_eq!([asked(15001), asked(15101), asked(8443)], [usual, moved, other], "{mesh}");
    }
}

#[test]
fn settings_that_change_every_proxy_make_results_unknown() {
    for (mesh, expected) in [
        // The injector has pods follow it.
        ("proxyListenPort: 15101", Blocked),
        ("defaultConfig: {gatewayTopology: {numTrustedProxies: 1}}", Blocked),
        ("defaultConfig: {gatewayTopology: {proxyProtocol: {}}}", Unknown),
        ("configSources: []", Blocked),
        ("configSources: [{address: 'k8s://'}]", Blocked),
        ("configSources: [{address: 'xds://mcp.example.com:15012'}]", Unknown),
        ("configSources: [{address: 'k8s://'}, {address: 'fs:///etc/istio'}]", Unknown),
    ] {
        assert_eq!(asked(&[&config_map(&format!("{STRICT}\n{mesh}"))], FREE), expected, "{mesh}");
    }
}

#[test]
fn an_upgrade_to_http_2_is_unknown_where_a_port_is_for_http() {
    const HOST: &str = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: shop}, spec: {hosts: [e.example.com], ports: [{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}, {number: 90, name: auto, protocol: ''}], resolution: DNS}}";
    for (policy, expected) in [("DO_NOT_UPGRADE", Allowed), ("UPGRADE", Unknown), ("1", Unknown)] {
        let mesh = config_map(&format!("{STRICT}\nh2UpgradePolicy: {policy}"));
        let ask = |url: &str| asked(&[&mesh, HOST], url);
        assert_eq!(ask("http://e.example.com"), expected, "{policy}");
        assert_eq!(ask("https://e.example.com"), Allowed, "{policy}");
        assert_eq!(ask("http://e.example.com:90"), Allowed, "{policy}");
        assert_eq!(ask(FREE), Blocked, "{policy}");
    }
}

#[test]
fn a_proxy_config_of_one_revision_is_unknown() {
    let config = |metadata: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {{name: c, namespace: shop{metadata}}}, spec: {{environmentVariables: {{ISTIO_META_DNS_CAPTURE: 'true'}}}}}}"
        )
    };
    let mesh = config_map(STRICT);
    for (metadata, expected) in [("", Blocked), (", labels: {istio.io/rev: canary}", Unknown)] {
        assert_eq!(asked(&[&mesh, &config(metadata), DATABASE], OTHER), expected, "{metadata}");
    }
}

/// `ApplyMeshConfigDefaults` of `pkg/config/mesh/mesh.go` says so of each: Go's reader takes the first document, and the last
/// of equal keys.
#[test]
fn of_a_mesh_config_the_first_document_and_the_last_of_equal_keys_count() {
    for (mesh, expected) in [
        ("outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n---\noutboundTrafficPolicy: {mode: ALLOW_ANY}\n", Blocked),
        ("outboundTrafficPolicy: {mode: ALLOW_ANY}\n---\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}\n", Allowed),
        // What stands behind it may be anything.
        ("outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n---\noutboundTrafficPolicy: [\n", Blocked),
        ("outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n...\n@\n", Blocked),
        // The first document is empty.
        ("---\n---\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}\n", Allowed),
        ("# Ours\n---\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}\n", Blocked),
        ("outboundTrafficPolicy: {mode: ALLOW_ANY}\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}\n", Blocked),
        ("outboundTrafficPolicy: {mode: REGISTRY_ONLY}\noutboundTrafficPolicy: {mode: ALLOW_ANY}\n", Allowed),
        ("outboundTrafficPolicy: {mode: REGISTRY_ONLY, mode: ALLOW_ANY}\n", Allowed),
        ("outboundTrafficPolicy: {mode: REGISTRY_ONLY}\noutboundTrafficPolicy:\n", Allowed),
        ("outboundTrafficPolicy: {mode: ALLOW_ANY}\noutboundTrafficPolicy: {}\n", Blocked),
        ("outboundTrafficPolicy: {mode: ALLOW_ANY}\n<<: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}\n", Blocked),
        ("<<: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}\noutboundTrafficPolicy: {mode: ALLOW_ANY}\n", Allowed),
        ("<<: [{outboundTrafficPolicy: {mode: ALLOW_ANY}}, {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}]\n", Allowed),
    ] {
        assert_eq!(asked(&[&config_map(mesh)], FREE), expected, "{mesh}");
    }
    // A value that is replaced is not read, and one that replaces is.
    let replaced = "outboundTrafficPolicy: 7\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}\n";
    assert_eq!(codes(&[&config_map(replaced)]), [""; 0]);
    assert_eq!(asked(&[&config_map("connectTimeout: 10s\nconnectTimeout: 5\n")], FREE), Unknown);
    // The annotation of a pod is read in the same way.
    for (config, expected) in [
        ("interceptionMode: REDIRECT\\ninterceptionMode: NONE", Allowed),
        ("interceptionMode: NONE\\n---\\n[", Allowed),
        ("---\\n---\\ninterceptionMode: NONE", Blocked),
    ] {
        let pod = format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: cart, namespace: shop, labels: {{app: cart}}, annotations: {{proxy.istio.io/config: \"{config}\"}}}}, spec: {{}}}}"
        );
        let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio-injection: enabled}}}";
        assert_eq!(asked(&[&config_map(STRICT), &pod, namespace], FREE), expected, "{config}");
    }
}

/// It leaves nothing in force, and refuses no question.
#[test]
fn a_mesh_config_that_is_no_yaml_is_unreadable() {
    for mesh in ["a: [", "outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n\tb: 1", "a: &a\n  b: *a", "just a text", "[a]"]
    {
        let mesh = config_map(mesh);
        assert_eq!(asked(&[&mesh], FREE), Unknown, "{mesh}");
        assert_eq!(codes(&[&mesh]), ["EGR0315"], "{mesh}");
    }
}
