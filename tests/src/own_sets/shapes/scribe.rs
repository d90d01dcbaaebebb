use serde_json::{Value, json};

use crate::own_sets::Own;
use crate::own_sets::dice::Dice;
use crate::own_sets::regular::{CLIENTS, POLICIES, ROOT, Regular, STRANGERS};

/// Names that no policy declares.
pub(super) const ALIASES: [&str; 3] = ["alias.example.net", "stray.example.io", "www.httpbin.org.example.net"];
pub(super) const NETWORKING: &str = "networking.istio.io/v1";
pub(super) const SECURITY: &str = "security.istio.io/v1";

/// Writes objects down, with names of their own.
pub(super) struct Scribe<'s> {
    pub(super) dice: &'s mut Dice,
    pub(super) regular: &'s Regular,
    pub(super) index: usize,
    pub(super) made: Vec<Own>,
}

impl Scribe<'_> {
    pub(super) fn add(&mut self, shape: &'static str, api_version: &str, kind: &str, namespace: &str, spec: Value) {
        let name = format!("own-{}-{}", self.index, self.made.len());
        self.add_named(shape, api_version, kind, namespace, &name, spec);
    }

    pub(super) fn add_named(
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
    pub(super) fn namespace(&mut self) -> &'static str {
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
    pub(super) fn clients(&mut self) -> &'static str {
        self.dice.pick(&[CLIENTS[0], CLIENTS[0], CLIENTS[1], STRANGERS[0], STRANGERS[1]])
    }

    pub(super) fn declared_host(&mut self) -> &'static str {
        self.dice.pick(&self.regular.declared).host
    }

    /// A host that some object may be about, wildcards left out.
    pub(super) fn host(&mut self) -> &'static str {
        if self.dice.percent(45) { self.declared_host() } else { self.dice.pick(&ALIASES) }
    }

    /// A port that a policy declares, or another.
    pub(super) fn port(&mut self) -> u16 {
        if self.dice.percent(50) {
            self.dice.pick(&self.regular.declared).port
        } else {
            self.dice.pick(&[80, 443, 8080, 9000, 3306, 80, 443, 8080, 9000, 3306, 15001])
        }
    }

    pub(super) fn protocol(&mut self) -> &'static str {
        self.dice.pick(&["HTTP", "HTTP", "HTTPS", "TLS", "TCP", "TCP", "GRPC", "HTTP2", "MONGO"])
    }

    /// `exportTo`, as people write it or leave it out.
    pub(super) fn export_to(&mut self, spec: &mut Value, namespace: &str) {
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
    pub(super) fn service(&mut self) -> String {
        self.dice.pick(&self.regular.services())
    }

    pub(super) fn gateway(&mut self) -> &'static str {
        self.dice.pick(&self.regular.gateways)
    }

    /// Labels of a caller that tell it from others.
    pub(super) fn caller_labels(&mut self) -> Value {
        self.dice.pick(&[
            json!({"app": "sleep-a"}),
            json!({"app": "sleep-b"}),
            json!({"version": "v2"}),
            json!({"app": "till"}),
        ])
    }
}
