//! The command line of istio-iptables (`tools/istio-iptables/pkg/cmd/root.go`), as `pflag` reads it: `-o 443`, `-o443`, `-o=443`,
//! and the same with long names. Kubernetes puts `command` before `args`.

use super::pod_parts::variable;
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// The program, and the one that starts it.
const PROGRAM: &str = "istio-iptables";
const AGENT: &str = "pilot-agent";
/// The variables that istio-iptables reads where an argument is missing, beside those that are never followed.
const VARIABLES: [(&str, &str); 4] = [
    ("istio-service-cidr", "ISTIO_SERVICE_CIDR"),
    ("istio-service-exclude-cidr", "ISTIO_SERVICE_EXCLUDE_CIDR"),
    ("istio-inbound-interception-mode", "ISTIO_INBOUND_INTERCEPTION_MODE"),
    ("proxy-uid", "PROXY_UID"),
];

/// What a flag does to outbound traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FlagEffect {
    /// Its value is read.
    Read,
    /// Nothing.
    Nothing,
    /// It may change what is captured, unless it is off or empty.
    NotFollowed,
}

/// What a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// A value.
    Value,
    /// Nothing: to be there is to be true.
    Nothing,
}

struct Flag {
    short: Option<char>,
    long: &'static str,
    takes: Takes,
    effect: FlagEffect,
}

const fn value(short: char, long: &'static str, effect: FlagEffect) -> Flag {
    Flag { short: Some(short), long, takes: Takes::Value, effect }
}

const fn long(long: &'static str, takes: Takes, effect: FlagEffect) -> Flag {
    Flag { short: None, long, takes, effect }
}

const fn switch(short: char, long: &'static str, effect: FlagEffect) -> Flag {
    Flag { short: Some(short), long, takes: Takes::Nothing, effect }
}

/// Those of istio-iptables. `restore-format` is of versions before 1.22.
const FLAGS: [Flag; 33] = [
    value('i', "istio-service-cidr", FlagEffect::Read),
    value('x', "istio-service-exclude-cidr", FlagEffect::Read),
    value('q', "istio-outbound-ports", FlagEffect::Read),
    value('o', "istio-local-outbound-ports-exclude", FlagEffect::Read),
    value('m', "istio-inbound-interception-mode", FlagEffect::Read),
    value('u', "proxy-uid", FlagEffect::Read),
    value('g', "proxy-gid", FlagEffect::Read),
    value('c', "istio-exclude-interfaces", FlagEffect::NotFollowed),
    value('k', "kube-virt-interfaces", FlagEffect::NotFollowed),
    long("network-namespace", Takes::Value, FlagEffect::NotFollowed),
    switch('n', "dry-run", FlagEffect::NotFollowed),
    long("cleanup-only", Takes::Nothing, FlagEffect::NotFollowed),
    long("cni-mode", Takes::Nothing, FlagEffect::NotFollowed),
    long("redirect-dns", Takes::Nothing, FlagEffect::NotFollowed),
    // With istio-cni the container only checks what the plugin has redirected.
    long("skip-rule-apply", Takes::Nothing, FlagEffect::Nothing),
    long("run-validation", Takes::Nothing, FlagEffect::Nothing),
    value('p', "envoy-port", FlagEffect::Nothing),
    value('z', "inbound-capture-port", FlagEffect::Nothing),
    value('e', "inbound-tunnel-port", FlagEffect::Nothing),
    value('b', "istio-inbound-ports", FlagEffect::Nothing),
    value('d', "istio-local-exclude-ports", FlagEffect::Nothing),
    value('t', "istio-inbound-tproxy-mark", FlagEffect::Nothing),
    value('r', "istio-inbound-tproxy-route-table", FlagEffect::Nothing),
    long("iptables-probe-port", Takes::Value, FlagEffect::Nothing),
    long("probe-timeout", Takes::Value, FlagEffect::Nothing),
    long("force-iptables-binary", Takes::Value, FlagEffect::Nothing),
    switch('f', "restore-format", FlagEffect::Nothing),
    long("capture-all-dns", Takes::Nothing, FlagEffect::Nothing),
    long("drop-invalid", Takes::Nothing, FlagEffect::Nothing),
    long("dual-stack", Takes::Nothing, FlagEffect::Nothing),
    long("force-apply", Takes::Nothing, FlagEffect::Nothing),
    long("native-nftables", Takes::Nothing, FlagEffect::Nothing),
    long("reconcile", Takes::Nothing, FlagEffect::Nothing),
];

/// What the words of a container set.
#[derive(Debug, Default)]
pub(super) struct IptablesArguments {
    values: Vec<(&'static str, Spanned<String>)>,
    /// Words that may change what is captured, and are not followed.
    pub(super) not_followed: Vec<Spanned<String>>,
}

impl IptablesArguments {
    pub(super) fn read(container: &Node) -> Self {
        let name = container.given("name").and_then(Node::text).unwrap_or_default();
        let mut read = Self::default();
        let list = |key: &str| container.given(key).map(Node::items).unwrap_or_default();
        let mut words = list("command").iter().chain(list("args")).peekable();
        let unread = |word: &Node| {
            let text = word.text().unwrap_or_default();
            Spanned::new(format!("argument `{text}` of `{name}`"), word.span)
        };
        while let Some(word) = words.next() {
            let Some(text) = word.text() else {
                read.not_followed.push(unread(word));
                continue;
            };
            if text == PROGRAM || text.rsplit('/').next() == Some(AGENT) {
                continue;
            }
            // The flags of its log are of no matter.
            if text.starts_with("--log_") || text.starts_with("--log-") || text.starts_with("--vklog") {
                continue;
            }
            let next = words.peek().copied();
            match one(text, word.span, next) {
                Some(One { flags, takes_next }) => {
                    if takes_next {
                        words.next();
                    }
                    for (flag, value) in flags {
                        match flag.effect {
                            FlagEffect::Nothing => {}
                            FlagEffect::Read => read.values.push((flag.long, value)),
                            FlagEffect::NotFollowed if is_off(&value) => {}
                            FlagEffect::NotFollowed => read.not_followed.push(unread(word)),
                        }
                    }
                }
                None => read.not_followed.push(unread(word)),
            }
        }
        let missing = VARIABLES.iter().filter(|(flag, _)| read.value(flag).is_none());
        let variables: Vec<_> = missing.filter_map(|(_, name)| Some((name, variable(container, name)?.span))).collect();
        for (variable, place) in variables {
            read.not_followed.push(Spanned::new(format!("variable `{variable}` of `{name}`"), place));
        }
        read
    }

    /// The value of a flag, by its long name. Of a flag that is repeated the last one counts.
    pub(super) fn value(&self, long: &str) -> Option<&Spanned<String>> {
        self.values.iter().rev().find(|(name, _)| *name == long).map(|(_, value)| value)
    }
}

fn is_off(value: &str) -> bool {
    matches!(value, "" | "false" | "0")
}

/// What one word sets.
struct One {
    flags: Vec<(&'static Flag, Spanned<String>)>,
    /// Whether the next word is the value.
    takes_next: bool,
}

/// Reads one word; `None` for one that is no flag of the program.
fn one(word: &str, place: Span, next: Option<&Node>) -> Option<One> {
    let following = || {
        let next = next?;
        Some(Spanned::new(next.text()?.to_owned(), next.span))
    };
    let here = |value: &str| Spanned::new(value.to_owned(), place);
    if let Some(long) = word.strip_prefix("--") {
        let (name, own) = match long.split_once('=') {
            Some((name, own)) => (name, Some(here(own))),
            None => (long, None),
        };
        let flag = FLAGS.iter().find(|flag| flag.long == name)?;
        return match (own, flag.takes) {
            (Some(own), _) => Some(One { flags: vec![(flag, own)], takes_next: false }),
            (None, Takes::Nothing) => Some(One { flags: vec![(flag, here("true"))], takes_next: false }),
            (None, Takes::Value) => Some(One { flags: vec![(flag, following()?)], takes_next: true }),
        };
    }
    let mut letters = word.strip_prefix('-')?.chars();
    let mut flags = Vec::new();
    while let Some(letter) = letters.next() {
        let flag = FLAGS.iter().find(|flag| flag.short == Some(letter))?;
        let rest = letters.as_str();
        match (rest.strip_prefix('='), flag.takes) {
            (Some(own), _) => flags.push((flag, here(own))),
            (None, Takes::Nothing) => {
                flags.push((flag, here("true")));
                continue;
            }
            (None, Takes::Value) if rest.is_empty() => {
                flags.push((flag, following()?));
                return Some(One { flags, takes_next: true });
            }
            (None, Takes::Value) => flags.push((flag, here(rest))),
        }
        return Some(One { flags, takes_next: false });
    }
    (!flags.is_empty()).then_some(One { flags, takes_next: false })
}
