//! Own objects: shapes that people write and attackers wrote, with their fields changed by chance.

mod authorization;
mod entry;
mod gateway;
mod other;
mod route;
mod rule;
mod service;
mod sidecar;

use serde_json::{Value, json};

use super::Own;
use super::dice::Dice;
use super::regular::{CLIENTS, POLICIES, ROOT, Regular, STRANGERS};

/// Names that no policy declares.
const ALIASES: [&str; 3] = ["alias.example.net", "stray.example.io", "www.httpbin.org.example.net"];
const NETWORKING: &str = "networking.istio.io/v1";
const SECURITY: &str = "security.istio.io/v1";

/// The objects of one idea: mostly one, two where one alone would do nothing.
pub(super) fn of(dice: &mut Dice, regular: &Regular, index: usize) -> Vec<Own> {
    let mut scribe = Scribe { dice, regular, index, made: Vec::new() };
    match scribe.dice.below(100) {
        0..16 => entry::entry(&mut scribe),
        16..24 => route::alias(&mut scribe),
        24..36 => route::route(&mut scribe),
        36..44 => rule::rule(&mut scribe),
        44..50 => gateway::task(&mut scribe),
        50..56 => gateway::gateway(&mut scribe),
        56..65 => sidecar::sidecar(&mut scribe),
        65..82 => authorization::policy(&mut scribe),
        82..91 => service::service(&mut scribe),
        _ => other::other(&mut scribe),
    }
    scribe.made
}

/// Writes objects down, with names of their own.
struct Scribe<'s> {
    dice: &'s mut Dice,
    regular: &'s Regular,
    index: usize,
    made: Vec<Own>,
}

impl Scribe<'_> {
    fn add(&mut self, shape: &'static str, api_version: &str, kind: &str, namespace: &str, spec: Value) {
        let name = format!("own-{}-{}", self.index, self.made.len());
        self.add_named(shape, api_version, kind, namespace, &name, spec);
    }

    fn add_named(
        &mut self,
        shape: &'static str,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
        spec: Value,
    ) {
        let mut value = json!({
            "apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace},
        });
        value["spec"] = spec;
        self.made.push(Own { shape, value });
    }

    /// Anybody's namespace.
    fn namespace(&mut self) -> &'static str {
        let home = self.regular.home;
        self.dice.pick(&[
            CLIENTS[0],
            CLIENTS[0],
            CLIENTS[1],
            STRANGERS[0],
            STRANGERS[1],
            home,
            home,
            POLICIES,
            ROOT,
            "kube-system",
        ])
    }

    /// A namespace with clients in it.
    fn clients(&mut self) -> &'static str {
        self.dice.pick(&[CLIENTS[0], CLIENTS[0], CLIENTS[1], STRANGERS[0], STRANGERS[1]])
    }

    fn declared_host(&mut self) -> &'static str {
        self.dice.pick(&self.regular.declared).host
    }

    /// A host that some object may be about, wildcards left out.
    fn host(&mut self) -> &'static str {
        if self.dice.percent(45) { self.declared_host() } else { self.dice.pick(&ALIASES) }
    }

    /// A port that a policy declares, or another.
    fn port(&mut self) -> u16 {
        if self.dice.percent(50) {
            self.dice.pick(&self.regular.declared).port
        } else {
            self.dice.pick(&[80, 443, 8080, 9000, 3306, 80, 443, 8080, 9000, 3306, 15001])
        }
    }

    fn protocol(&mut self) -> &'static str {
        self.dice.pick(&["HTTP", "HTTP", "HTTPS", "TLS", "TCP", "TCP", "GRPC", "HTTP2", "MONGO"])
    }

    /// `exportTo`, as people write it or leave it out.
    fn export_to(&mut self, spec: &mut Value, namespace: &str) {
        let chosen: Vec<&str> = match self.dice.below(14) {
            0..6 => return,
            6 | 7 => vec!["."],
            8 => vec!["*"],
            9 => vec![CLIENTS[0]],
            10 => vec![STRANGERS[0]],
            11 => vec![self.regular.home],
            12 => vec![CLIENTS[1], STRANGERS[1]],
            _ => vec![".", "istio-system"],
        };
        // Istio's webhook takes no namespace twice.
        if chosen.contains(&".") && chosen.len() > 1 && namespace == ROOT {
            return;
        }
        spec["exportTo"] = json!(chosen);
    }

    /// A gateway's Service, by full name.
    fn service(&mut self) -> String {
        self.dice.pick(&self.regular.services())
    }

    fn gateway(&mut self) -> &'static str {
        self.dice.pick(&self.regular.gateways)
    }

    /// Labels of a caller that tell it from others.
    fn caller_labels(&mut self) -> Value {
        self.dice.pick(&[
            json!({"app": "sleep-a"}),
            json!({"app": "sleep-b"}),
            json!({"version": "v2"}),
            json!({"app": "till"}),
        ])
    }
}
