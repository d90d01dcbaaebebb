//! A set as a case of the mesh lab, with requests by those who must not get through.
//!
//! What comes of each is for `outcome` and the real proxies to agree about. One thing is asked without it: where `check`
//! finds no error, nothing that a stranger sends arrives at a host that a policy declares.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Set;
use super::dice::Dice;
use super::law::Fate;
use super::regular::{Declared, Regular, STRANGERS};
use crate::Outcome;

/// Requests of one case: a case takes a few seconds, so that hundreds can be asked.
const MOST_ROWS: usize = 30;

/// Whether the lab has what the set needs: it has no certificates of one's own, Gateway API and providers, nor the
/// controller that gives addresses to entries where sidecars answer DNS.
pub fn fits(set: &Set) -> bool {
    let captures = set.regular.facts.iter().any(|fact| fact.pointer("/spec/dnsCapture") == Some(&Value::Bool(true)));
    set.own.iter().all(|own| {
        let text = own.value.to_string();
        if captures && own.value["kind"] == "ServiceEntry" && own.value.pointer("/spec/addresses").is_none() {
            return false;
        }
        own.shape != "HTTPRoute" && !text.contains("credentialName") && !text.contains("\"CUSTOM\"")
    })
}

/// Writes the case into a folder of its own.
///
/// # Errors
/// When it cannot be written.
pub fn write(set: &Set, fate: Fate, dice: &mut Dice, folder: &Path) -> Outcome<()> {
    fs::create_dir_all(folder)?;
    // JSON is YAML, a document a line.
    let save = |name: &str, documents: &[Value]| -> Outcome<()> {
        let lines: Vec<String> = documents.iter().map(ToString::to_string).collect();
        Ok(fs::write(folder.join(name), lines.join("\n---\n") + "\n")?)
    };
    save("policy.yaml", &set.regular.policies)?;
    save("mesh.yaml", &set.regular.facts)?;
    save("extra.yaml", &set.own.iter().map(|own| own.value.clone()).collect::<Vec<_>>())?;
    save("check.yaml", &[json!({"says": []})])?;
    let names = Names::of(set);
    let rows = Rows { set, decided: fate == Fate::Ok, dice, names: &names, written: Vec::new() }.all();
    let origins: serde_json::Map<String, Value> = names.hosts.iter().map(|host| (host.clone(), Value::Null)).collect();
    let mut text = format!("origins: {}\ngenerate: false\nrefusable: true\nrequests:\n", Value::Object(origins));
    for row in rows {
        writeln!(text, "- {row}")?;
    }
    Ok(fs::write(folder.join("requests.yaml"), text)?)
}

/// Names and ports that own objects bring along.
struct Names {
    /// Hosts, and a name below each wildcard.
    hosts: BTreeSet<String>,
    /// Hosts with a port and how it is spoken to.
    doors: BTreeSet<(String, u16, &'static str)>,
    /// Ports of servers on gateways, and the names that they answer to.
    servers: BTreeSet<(u16, String)>,
}

impl Names {
    fn of(set: &Set) -> Self {
        let mut names = Self { hosts: BTreeSet::new(), doors: BTreeSet::new(), servers: BTreeSet::new() };
        names.hosts.extend(set.regular.declared.iter().map(|declared| declared.host.to_owned()));
        for own in &set.own {
            let spec = own.value.get("spec").unwrap_or(&Value::Null);
            let hosts: Vec<String> = items(spec, "/hosts").filter_map(Value::as_str).map(sample).collect();
            names.hosts.extend(hosts.iter().cloned());
            for port in items(spec, "/ports") {
                let number = number(port, "/number");
                let scheme = match port.get("protocol").and_then(Value::as_str).unwrap_or_default() {
                    "HTTP" | "HTTP2" => "http",
                    "GRPC" => "grpc",
                    "HTTPS" | "TLS" => "https",
                    _ => "tcp",
                };
                names.doors.extend(hosts.iter().map(|host| (host.clone(), number, scheme)));
            }
            for route in items(spec, "/http") {
                let ports: Vec<u16> =
                    items(route, "/match").map(|each| number(each, "/port")).filter(|port| *port > 0).collect();
                let port = ports.first().copied().unwrap_or(80);
                names.doors.extend(hosts.iter().map(|host| (host.clone(), port, "http")));
            }
            for matched in
                ["/tls", "/tcp"].iter().flat_map(|block| items(spec, block)).flat_map(|route| items(route, "/match"))
            {
                let port = number(matched, "/port");
                let scheme = if matched.get("sniHosts").is_some() { "https" } else { "tcp" };
                names.doors.extend(hosts.iter().filter(|_| port > 0).map(|host| (host.clone(), port, scheme)));
            }
            for server in items(spec, "/servers") {
                let port = number(server, "/port/number");
                let hosts = items(server, "/hosts").filter_map(Value::as_str).map(sample);
                names.servers.extend(hosts.map(|host| (port, host)));
            }
            names.named_elsewhere(&own.value);
        }
        names.hosts.retain(|host| {
            host.contains('.') && !host.ends_with(".internal") && !host.starts_with(|each: char| each.is_ascii_digit())
        });
        names
    }

    /// Endpoints, destinations and names of Services: whatever leads on needs an address.
    fn named_elsewhere(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    match (name.as_str(), field) {
                        ("host" | "address" | "authority" | "externalName", Value::String(host))
                            if !host.contains(".svc.") && !host.contains('*') =>
                        {
                            self.hosts.insert(host.clone());
                        }
                        _ => self.named_elsewhere(field),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.named_elsewhere(item)),
            _ => {}
        }
    }
}

struct Rows<'r> {
    set: &'r Set,
    /// Whether `check` knows what becomes of every request.
    decided: bool,
    dice: &'r mut Dice,
    names: &'r Names,
    written: Vec<Value>,
}

impl Rows<'_> {
    fn all(mut self) -> Vec<Value> {
        let regular = &self.set.regular;
        let strangers = strangers(regular);
        let first = self.dice.pick(&strangers);
        let second = self.dice.pick(&STRANGERS.map(|namespace| format!("stranger.{namespace}")));
        let (namespace, app) = self.dice.pick(&regular.callers);
        let known = format!("{}.{namespace}", app.unwrap_or("sleep-b"));
        for declared in &regular.declared {
            for client in [&known, &first] {
                self.ask(client, &url(declared));
            }
            let other = self.dice.pick(&["http", "https", "tcp"]);
            self.ask(&second, &format!("{other}://{}:{}/", declared.host, declared.port));
            let port = self.dice.pick(&[9000, 80, 443, 8099, 3306]);
            let scheme = self.dice.pick(&["http", "https", "tcp"]);
            self.ask(&first, &format!("{scheme}://{}:{port}/", declared.host));
        }
        for (host, port, scheme) in &self.names.doors {
            self.ask(&first, &format!("{scheme}://{host}:{port}/"));
            self.ask(&second, &format!("{scheme}://{host}:{port}/"));
            self.ask(&known, &format!("{scheme}://{host}:{port}/"));
            // What an entry opens for bytes, it may open for other names.
            let target = self.dice.pick(&regular.declared).host;
            self.ask(&second, &format!("{scheme}://{target}:{port}/"));
        }
        self.written.truncate(MOST_ROWS);
        self.straight(&second, &known);
        self.written
    }

    /// Calls of the gateway itself: with somebody else's certificate, without any, and without TLS.
    fn straight(&mut self, stranger: &str, known: &str) {
        let regular = &self.set.regular;
        let target = |port: u16| match port {
            80 => 8080,
            443 => 8443,
            444 => 8444,
            other => other,
        };
        let mut doors: Vec<(u16, String)> = regular.doors.iter().map(|door| (door.port, door.outer.clone())).collect();
        doors.extend(self.names.servers.iter().cloned());
        doors.retain(|(port, outer)| !outer.is_empty() && [80, 443, 444].contains(port));
        doors.dedup();
        let (name, namespace) = known.split_once('.').unwrap_or_default();
        for (port, outer) in doors.into_iter().take(4) {
            let declared = self.dice.pick(&regular.declared);
            // Names of ours say what is spoken behind them; those of others are tried.
            let inner = match outer.split(['-', '.']).next().unwrap_or_default() {
                "http" => "http",
                "tls" => "tls",
                "tcp" => "tcp",
                _ => self.dice.pick(&["http", "tls", "tls"]),
            };
            let scheme = if inner == "tls" { "https" } else { inner };
            let url = format!("{scheme}://{}:{}/", declared.host, declared.port);
            let port = target(port);
            for (client, identity) in [
                (stranger, json!("other/stranger")),
                (known, json!(format!("{namespace}/{name}"))),
                (stranger, Value::Null),
            ] {
                self.row(
                    client,
                    &url,
                    Some(json!({"outer": outer, "port": port, "identity": identity, "inner": inner})),
                );
            }
            // Without TLS of the mesh, as whoever has no sidecar would.
            let host = if outer.ends_with(".internal") || outer == "*" { declared.host } else { outer.as_str() };
            for (scheme, inner) in [("http", "http"), ("https", "tls")] {
                let url = format!("{scheme}://{host}/");
                self.row(stranger, &url, Some(json!({"port": port, "inner": inner})));
            }
        }
    }

    fn ask(&mut self, client: &str, url: &str) {
        self.row(client, url, None);
    }

    fn row(&mut self, client: &str, url: &str, through: Option<Value>) {
        let regular = &self.set.regular;
        let hosts: BTreeSet<&str> = regular.declared.iter().map(|declared| declared.host).collect();
        let judged =
            self.decided && is_stranger(regular, client) && (through.is_none() || regular.authorization != "off");
        let origin = if judged { json!({"elsewhere": hosts}) } else { json!("any") };
        let mut row = json!({"client": client, "url": url, "status": "any", "origin": origin});
        if let Some(through) = through {
            row["through"] = through;
        }
        if !self.written.contains(&row) {
            self.written.push(row);
        }
    }
}

/// Pods that no policy selects.
fn strangers(regular: &Regular) -> Vec<String> {
    let pods = ["stranger.other", "stranger.tools", "sleep-b.mytest", "shelf.shop", "sleep-b.mytest", "shelf.shop"];
    pods.iter().filter(|pod| is_stranger(regular, pod)).map(|pod| (*pod).to_owned()).collect()
}

fn is_stranger(regular: &Regular, client: &str) -> bool {
    let (name, namespace) = client.split_once('.').unwrap_or_default();
    !regular.callers.iter().any(|(known, app)| *known == namespace && app.is_none_or(|app| app == name))
}

fn url(declared: &Declared) -> String {
    let scheme = match declared.protocol {
        "HTTP" => "http",
        "GRPC" => "grpc",
        "TCP" => "tcp",
        _ => "https",
    };
    format!("{scheme}://{}:{}/", declared.host, declared.port)
}

fn sample(host: &str) -> String {
    let host = host.rsplit('/').next().unwrap_or(host);
    match host.strip_prefix('*') {
        None => host.to_owned(),
        Some("") => "undeclared.example".to_owned(),
        Some(rest) => format!("below{rest}"),
    }
}

fn items<'v>(value: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

fn number(value: &Value, path: &str) -> u16 {
    value.pointer(path).and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok()).unwrap_or_default()
}
