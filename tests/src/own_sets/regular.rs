//! What a mesh is like without own objects: policies, and facts about gateways, namespaces and workloads.

use std::collections::{BTreeMap, BTreeSet};

use egressc_core::api::{CompileRequest, Source, compile};
use serde_json::{Value, json};

use super::dice::Dice;
use super::own::list;

/// The namespace that Istio takes mesh-wide objects from.
pub const ROOT: &str = "istio-system";
/// Namespaces of clients that policies name.
pub const CLIENTS: [&str; 2] = ["mytest", "shop"];
/// Namespaces that no policy names.
pub const STRANGERS: [&str; 2] = ["other", "tools"];
/// Where policies stand.
pub const POLICIES: &str = "istio-egress";
const GATEWAYS: [&str; 2] = ["egressgateway-a", "egressgateway-b"];
/// What each gateway's Service offers: port, target port, class.
pub const PORTS: [(u16, u16, &str); 3] = [(80, 8080, "http"), (443, 8443, "tls"), (444, 8444, "tls")];

/// A destination of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declared {
    /// Its host.
    pub host: &'static str,
    /// Its port.
    pub port: u16,
    /// Its protocol, in the policy's words.
    pub protocol: &'static str,
    /// Whether the gateway begins TLS.
    pub upgraded: bool,
}

/// A way from a sidecar into a gateway that a compile has made: what an own route may borrow.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Door {
    /// The gateway's Service.
    pub service: String,
    /// The subset with the server name of the exit.
    pub subset: String,
    /// The port of the Service.
    pub port: u16,
    /// The server name.
    pub outer: String,
}

/// Policies and facts, and what they compile to as far as own objects may speak of it.
#[derive(Debug, Clone)]
pub struct Regular {
    /// The policies.
    pub policies: Vec<Value>,
    /// A MeshEnvironment, or documents of Kubernetes.
    pub facts: Vec<Value>,
    /// Destinations.
    pub declared: Vec<Declared>,
    /// Callers: namespace and the app that is selected, if any is.
    pub callers: Vec<(&'static str, Option<&'static str>)>,
    /// The gateways' namespace.
    pub home: &'static str,
    /// The gateways.
    pub gateways: Vec<&'static str>,
    /// How the gateways' callers are judged.
    pub authorization: &'static str,
    /// Ways into the gateways.
    pub doors: Vec<Door>,
    /// Our Gateway objects, as `namespace/name`.
    pub listeners: Vec<String>,
    /// Whether the compiler found a fault of its own.
    pub faulty: bool,
}

impl Regular {
    pub(super) fn generated(dice: &mut Dice) -> Option<Self> {
        let two = dice.percent(20);
        let home = dice.pick(&[ROOT, ROOT, ROOT, "gateways"]);
        let mut regular = Self {
            policies: Vec::new(),
            facts: Vec::new(),
            declared: Vec::new(),
            callers: Vec::new(),
            home,
            gateways: GATEWAYS.iter().take(if two { 2 } else { 1 }).copied().collect(),
            authorization: dice.pick(&["shared", "shared", "shared", "shared", "managed", "managed", "off"]),
            doors: Vec::new(),
            listeners: Vec::new(),
            faulty: false,
        };
        for gateway in regular.gateways.clone() {
            let policy = regular.policy(dice, gateway);
            regular.policies.push(policy);
        }
        regular.callers.sort_unstable();
        regular.callers.dedup();
        regular.declared.sort();
        regular.declared.dedup();
        // Kubernetes' documents do not say how a gateway's callers are judged, nor where it is not at home.
        regular.facts = if regular.authorization == "shared" && dice.percent(25) {
            regular.documents(dice)
        } else {
            vec![regular.environment(dice)]
        };
        regular.compiled().then_some(regular)
    }

    fn policy(&mut self, dice: &mut Dice, gateway: &str) -> Value {
        let rules: Vec<Value> = (0..dice.one_or_two(30)).map(|_| self.rule(dice)).collect();
        json!({
            "apiVersion": "istio.alibabacloud.com/v1", "kind": "ASMEgressTrafficPolicy",
            "metadata": {"name": format!("egress-by-{gateway}"), "namespace": POLICIES},
            "spec": {"byEgressGateway": {"name": gateway}, "egressRules": rules},
        })
    }

    fn rule(&mut self, dice: &mut Dice) -> Value {
        let mut from = Vec::new();
        let count = dice.one_or_two(25);
        for (namespace, app) in
            dice.some(&[("mytest", Some("sleep-a")), ("mytest", None), ("shop", Some("till"))], count)
        {
            self.callers.push((namespace, app));
            from.push(match app {
                Some(app) => json!({"namespace": namespace, "workloadSelector": {"app": app}}),
                None => json!({"namespace": namespace}),
            });
        }
        let count = dice.one_or_two(40);
        // Names of the cluster, the last two, are rare.
        let mut all = destinations();
        if !dice.percent(3) {
            all.truncate(all.len().saturating_sub(2));
        }
        let to: Vec<Value> = dice
            .some(&all, count)
            .into_iter()
            .map(|declared| {
                self.declared.push(declared.clone());
                destination(&declared)
            })
            .collect();
        json!({"from": from, "to": to})
    }

    fn environment(&self, dice: &mut Dice) -> Value {
        let mut gateways: Vec<Value> = self.gateways.iter().map(|name| {
            let ports: Vec<Value> =
                PORTS.iter().map(|(port, target, class)| json!({"port": port, "targetPort": target, "class": class})).collect();
            json!({
                "name": name, "namespace": self.home, "service": format!("istio-{name}"), "authorization": self.authorization,
                "podLabels": {"istio": name, "security.istio.io/tlsMode": "istio"}, "ports": ports,
            })
        }).collect();
        odd(dice, &mut gateways);
        let mut namespaces: Vec<Value> =
            CLIENTS.iter().chain(&STRANGERS).map(|name| json!({"name": name, "injection": true})).collect();
        if dice.percent(30) {
            let workload = |app: &str, version: &str| {
                json!({
                    "name": app, "labels": {"app": app, "version": version}, "serviceAccount": app,
                })
            };
            for (namespace, apps) in [(0, ["sleep-a", "sleep-b"]), (1, ["till", "shelf"])] {
                if let Some(namespace) = namespaces.get_mut(namespace) {
                    namespace["workloads"] = json!([workload(apps[0], "v1"), workload(apps[1], "v2")]);
                }
            }
        }
        json!({
            "apiVersion": "egressc.dev/v1alpha1", "kind": "MeshEnvironment", "metadata": {"name": "generated"},
            "spec": {
                "outboundTrafficPolicy": "REGISTRY_ONLY", "dnsCapture": dice.percent(20), "gateways": gateways,
                "namespaces": namespaces, "output": {"placement": dice.pick(&["policy", "policy", "policy", "client"])},
            },
        })
    }

    /// The same mesh as a cluster tells it.
    fn documents(&self, dice: &mut Dice) -> Vec<Value> {
        let mut documents: Vec<Value> = self.gateways.iter().enumerate().map(|(index, name)| {
            let ports: Vec<Value> = PORTS.iter().map(|(port, target, class)| {
                let word = if *class == "http" { "http" } else { "https" };
                json!({"name": format!("{word}-{port}"), "port": port, "targetPort": target, "protocol": "TCP"})
            }).collect();
            json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": {"name": format!("istio-{name}"), "namespace": self.home, "labels": {"istio": name}},
                "spec": {"clusterIP": format!("10.96.0.{}", 20_usize.saturating_add(index)), "selector": {"istio": name}, "ports": ports},
            })
        }).collect();
        documents.push(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", "namespace": ROOT},
            "data": {"mesh": "outboundTrafficPolicy:\n  mode: REGISTRY_ONLY\n"},
        }));
        for name in CLIENTS.iter().chain(&STRANGERS) {
            documents.push(json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"istio-injection": "enabled"}},
            }));
        }
        if dice.percent(50) {
            for (namespace, app) in [("mytest", "sleep-a"), ("mytest", "sleep-b"), ("shop", "till")] {
                documents.push(json!({
                    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": app, "namespace": namespace},
                    "spec": {"template": {
                        "metadata": {"labels": {"app": app}},
                        "spec": {"serviceAccountName": app, "containers": [{"name": app}]},
                    }},
                }));
            }
        }
        documents
    }

    /// Policies and facts alone.
    pub fn sources(&self) -> Vec<Source> {
        vec![
            Source::value("policy.yaml", list(self.policies.iter().cloned())),
            Source::value("mesh.yaml", list(self.facts.iter().cloned())),
        ]
    }

    /// Whether the set compiles by itself; what it compiles to is taken from the answer.
    fn compiled(&mut self) -> bool {
        let Ok(answer) = compile(&CompileRequest { sources: self.sources(), ..CompileRequest::default() }) else {
            return false;
        };
        let objects: Vec<Value> =
            answer.resources.iter().filter_map(|object| serde_json::to_value(object).ok()).collect();
        let mut outer = BTreeMap::new();
        let mut ways = BTreeSet::new();
        for object in &objects {
            match text(object, "/kind").as_str() {
                "Gateway" => {
                    self.listeners.push(format!(
                        "{}/{}",
                        text(object, "/metadata/namespace"),
                        text(object, "/metadata/name")
                    ));
                }
                "DestinationRule" => {
                    for subset in items(object, "/spec/subsets") {
                        outer.insert(text(subset, "/name"), text(subset, "/trafficPolicy/tls/sni"));
                    }
                }
                "VirtualService" => {
                    for route in ["/spec/http", "/spec/tls", "/spec/tcp"].iter().flat_map(|block| items(object, block))
                    {
                        for leg in items(route, "/route") {
                            let port = leg.pointer("/destination/port/number").and_then(Value::as_u64);
                            let port = port.and_then(|port| u16::try_from(port).ok()).unwrap_or_default();
                            ways.insert((text(leg, "/destination/host"), text(leg, "/destination/subset"), port));
                        }
                    }
                }
                _ => {}
            }
        }
        self.doors = ways
            .into_iter()
            .filter(|(service, ..)| service.ends_with(".svc.cluster.local"))
            .map(|(service, subset, port)| Door {
                outer: outer.get(&subset).cloned().unwrap_or_default(),
                service,
                subset,
                port,
            })
            .collect();
        // What is refused is refused; a fault of ours is one, whatever was told.
        self.faulty = answer.diagnostics.iter().any(|said| said.code.starts_with("EGR05"));
        answer.ok || self.faulty
    }

    /// The gateways' Services, by full name.
    pub fn services(&self) -> Vec<String> {
        self.gateways.iter().map(|name| format!("istio-{name}.{}.svc.cluster.local", self.home)).collect()
    }

    /// Whether a policy declares this host.
    pub fn declares(&self, host: &str) -> bool {
        self.declared.iter().any(|declared| declared.host == host)
    }
}

fn text(object: &Value, path: &str) -> String {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn items<'v>(object: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> {
    object.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

/// Facts that are told rarely: gateways that share their pods, ports that share a port of the container.
fn odd(dice: &mut Dice, gateways: &mut [Value]) {
    let what = dice.below(60);
    let first = gateways.first().cloned().unwrap_or_default();
    let Some(last) = gateways.last_mut() else { return };
    match what {
        0 => {
            last["service"] = first["service"].clone();
            last["podLabels"] = first["podLabels"].clone();
        }
        1 => last["podLabels"] = first["podLabels"].clone(),
        2 => {
            last["podLabels"] = first["podLabels"].clone();
            last["namespace"] = json!("gateways-too");
        }
        3 => last["ports"][2]["targetPort"] = json!(8443),
        4 => last["ports"][1]["targetPort"] = json!(8080),
        5 => last["ports"] = json!([{"port": 80, "class": "http"}, {"port": 443, "class": "tls"}]),
        _ => {}
    }
}

fn destinations() -> Vec<Declared> {
    let declared = |host, port, protocol, upgraded| Declared { host, port, protocol, upgraded };
    vec![
        declared("www.httpbin.org", 80, "HTTP", false),
        declared("www.httpbin.org", 443, "HTTPS", false),
        declared("up.httpbin.org", 80, "HTTP", true),
        declared("api.example.com", 8080, "HTTP", false),
        declared("api.example.com", 8443, "TLS", false),
        declared("rpc.example.com", 50051, "GRPC", false),
        declared("db.example.com", 5432, "TCP", false),
        // Names of the cluster, which `check` refuses where it knows them for such.
        declared("istio-egressgateway-a.istio-system", 80, "HTTP", false),
        declared("httpbin.mytest", 80, "HTTP", false),
    ]
}

fn destination(declared: &Declared) -> Value {
    let Declared { host, port, protocol, upgraded } = declared;
    let mut to = json!({
        "hosts": [host], "port": {"number": port, "protocol": protocol, "name": protocol.to_lowercase()},
    });
    if *upgraded {
        to["httpsUpgrade"] = json!({"enabled": true, "port": 443});
    }
    to
}
