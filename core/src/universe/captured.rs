//! Requests from clients' pods to hosts, through the sidecar if the pod has one.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::alike::AlikeNamespaces;
use super::class::ANY_ACCOUNT;
use super::classes::{Granularity, Known, LeftOut, TooMany, Universe};
use super::host::Host;
use super::labels::{accounts, add_workloads, together};
use super::query::UNDECLARED;
use super::visible::{ANY, ToldApart};
use super::{Aspect, ClientClass, ClientNamespace, RequestClass, SaidName, Way};
use crate::model::DataPlane;
use crate::resource::Labels;
use crate::trace::{Message, Scheme};

/// In one namespace, at most this many sets of labels from the user's own objects are combined with others, because
/// each one doubles the number of classes.
const MOST_LABELS: usize = 4;

impl Universe {
    /// The classes of each host, for each kind of client.
    pub(super) fn captured(&mut self, known: &Known) -> Result<(), TooMany> {
        for (name, host) in &known.visible.hosts {
            self.of_host(name, host, known)?;
        }
        for host in known.visible.taken.values() {
            self.of_host(ANY, host, known)?;
        }
        if known.granularity == Granularity::Proof {
            self.of_no_host(known)?;
        }
        Ok(())
    }

    fn of_host(&mut self, name: &str, host: &Host, known: &Known) -> Result<(), TooMany> {
        if host.ports.is_empty() {
            return Ok(());
        }
        let messages = known.messages.about(name);
        let (clients, alike) = known.clients_and_alike(name, host);
        for (port, scheme) in &host.ports {
            let alike = alike.as_ref().map(|(alike, told_apart)| alike.clients(*port, told_apart));
            for namespace in clients.iter().chain(&alike.unwrap_or_default()) {
                let kinds = known.kinds(name, host, namespace, *port);
                for labels in &kinds {
                    self.of_client(name, (*port, *scheme), (namespace, labels), Granularity::Row, &messages, known)?;
                }
                if known.granularity == Granularity::Proof && known.visible.declared.have(name) {
                    for labels in self.kinds_together(name, host, namespace, &kinds, known) {
                        self.of_client(
                            name,
                            (*port, *scheme),
                            (namespace, &labels),
                            Granularity::Proof,
                            &messages,
                            known,
                        )?;
                    }
                }
            }
        }
        if known.granularity == Granularity::Proof && known.visible.declared.have(name) {
            self.otherwise(name, host, &clients, known)?;
        }
        Ok(())
    }

    /// The classes of a declared host in other protocols, at other ports and by other names.
    fn otherwise(
        &mut self,
        name: &str,
        host: &Host,
        clients: &BTreeSet<ClientNamespace>,
        known: &Known,
    ) -> Result<(), TooMany> {
        let named: BTreeSet<u16> = host.ports.iter().map(|(port, _)| *port).collect();
        let mut ports = named.clone();
        if known.aspects.has(Aspect::OtherPorts) {
            let wilder = known.visible.covering(name).flat_map(|host| &host.ports).map(|(port, _)| *port);
            ports.extend(wilder);
            ports.extend([80, 443, known.visible.free_port]);
        }
        ports.extend(known.visible.taken.keys().filter(|port| known.representative_at(**port) == Some(name)));
        if known.representative() == Some(name) {
            ports.extend(known.visible.taken.keys());
        }
        let nothing = BTreeSet::new();
        for namespace in clients {
            let mut kinds: BTreeSet<Labels> = known.named_labels(name, host, namespace, None);
            kinds.insert(Labels::new());
            for labels in &kinds {
                let client = (namespace, labels);
                for port in &ports {
                    let schemes = [Scheme::Http, Scheme::Https, Scheme::Tcp];
                    let other = |scheme: &Scheme| {
                        known.aspects.has(Aspect::OtherProtocols) || host.ports.contains(&(*port, *scheme))
                    };
                    for scheme in schemes.iter().filter(|scheme| !named.contains(port) || other(scheme)) {
                        self.of_client(name, (*port, *scheme), client, Granularity::Proof, &nothing, known)?;
                    }
                }
                for port in &named {
                    let with_port = SaidName::Another(format!("{name}:{port}"));
                    self.by_name(name, (*port, Scheme::Http), client, with_port, known)?;
                    // The gateway connects to the port in `Host`.
                    if known.visible.declared.have_by_wildcard(name) {
                        let with_another = SaidName::Another(format!("{name}:{}", known.visible.free_port));
                        self.by_name(name, (*port, Scheme::Http), client, with_another, known)?;
                    }
                    if known.aspects.has(Aspect::UnknownNames) {
                        for scheme in [Scheme::Http, Scheme::Https] {
                            let unknown = SaidName::Another(UNDECLARED.to_owned());
                            self.by_name(name, (*port, scheme), client, unknown, known)?;
                        }
                    }
                    for said in known.visible.names_at.get(name).into_iter().flatten() {
                        let said = SaidName::Another(said.clone());
                        self.by_name(name, (*port, Scheme::Https), client, said, known)?;
                    }
                    if known.aspects.has(Aspect::NoServerName) {
                        self.by_name(name, (*port, Scheme::Https), client, SaidName::Nothing, known)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The classes of a host that nothing names, at each port that an object or a policy names.
    fn of_no_host(&mut self, known: &Known) -> Result<(), TooMany> {
        if !known.aspects.has(Aspect::UnknownHosts) {
            return Ok(());
        }
        let mut ports: BTreeSet<u16> =
            known.visible.hosts.values().flat_map(|host| &host.ports).map(|(port, _)| *port).collect();
        ports.insert(known.visible.free_port);
        let mut clients: BTreeSet<ClientNamespace> =
            known.visible.special.iter().cloned().map(ClientNamespace::Named).collect();
        if known.aspects.has(Aspect::OtherNamespaces) {
            clients.insert(ClientNamespace::AnyOther);
        }
        let (nothing, nobody) = (BTreeSet::new(), Labels::new());
        for port in ports {
            for namespace in &clients {
                for scheme in [Scheme::Http, Scheme::Https, Scheme::Tcp] {
                    self.of_client(ANY, (port, scheme), (namespace, &nobody), Granularity::Proof, &nothing, known)?;
                }
            }
        }
        Ok(())
    }

    fn of_client(
        &mut self,
        host: &str,
        (port, scheme): (u16, Scheme),
        (namespace, labels): (&ClientNamespace, &Labels),
        granularity: Granularity,
        messages: &BTreeSet<&Message>,
        known: &Known,
    ) -> Result<(), TooMany> {
        if known.goes_past_everything(namespace, labels) {
            return Ok(());
        }
        for service_account in known.accounts_of((host, port), namespace, labels) {
            let client =
                ClientClass { way: Way::Pod, namespace: namespace.clone(), labels: labels.clone(), service_account };
            let class = RequestClass {
                host: host.to_owned(),
                port,
                scheme,
                client,
                leads_to: None,
                name: SaidName::Dialled,
                message: Message::default(),
            };
            self.ask(class, None, granularity, messages, known.most)?;
        }
        Ok(())
    }

    pub(super) fn by_name(
        &mut self,
        host: &str,
        (port, scheme): (u16, Scheme),
        (namespace, labels): (&ClientNamespace, &Labels),
        name: SaidName,
        known: &Known,
    ) -> Result<(), TooMany> {
        self.by_name_saying((host, port, scheme), (namespace, labels), name, &BTreeSet::new(), known)
    }

    /// The same, and one more class for each of the messages.
    pub(super) fn by_name_saying(
        &mut self,
        (host, port, scheme): (&str, u16, Scheme),
        (namespace, labels): (&ClientNamespace, &Labels),
        name: SaidName,
        messages: &BTreeSet<&Message>,
        known: &Known,
    ) -> Result<(), TooMany> {
        if known.goes_past_everything(namespace, labels) {
            return Ok(());
        }
        let client =
            ClientClass { way: Way::Pod, namespace: namespace.clone(), labels: labels.clone(), service_account: None };
        let message = Message::default();
        let class = RequestClass { host: host.to_owned(), port, scheme, client, leads_to: None, name, message };
        self.ask(class, None, Granularity::Proof, messages, known.most)
    }

    /// Sets of labels of workloads that several selectors select at once: those of policies combined with those of the
    /// user's own objects.
    fn kinds_together(
        &mut self,
        name: &str,
        host: &Host,
        namespace: &ClientNamespace,
        kinds: &BTreeSet<Labels>,
        known: &Known,
    ) -> BTreeSet<Labels> {
        if !known.aspects.has(Aspect::LabelsTogether) {
            return BTreeSet::new();
        }
        let of_policies = host.declared_labels.of_all_ports(namespace).collect::<BTreeSet<_>>();
        let all = known.named_labels(name, host, namespace, None);
        let own: Vec<&Labels> = all.iter().filter(|labels| !of_policies.contains(labels)).collect();
        if own.len() > MOST_LABELS
            && let Some(namespace) = namespace.name()
        {
            self.leave_out(LeftOut::Labels(namespace.to_owned()));
        }
        let mut both = kinds.clone();
        for labels in own.into_iter().take(MOST_LABELS) {
            let more: Vec<Labels> = both.iter().filter_map(|known| together(known, labels)).collect();
            both.extend(more);
        }
        both.retain(|labels| !kinds.contains(labels));
        both
    }
}

/// Namespaces that are alike, and those of them that a host tells apart.
type Alike<'k> = (&'k AlikeNamespaces<'k>, BTreeSet<&'k str>);

impl Known<'_> {
    /// The namespaces of a host, and those of which one stands for others, if these differ by port alone.
    fn clients_and_alike(&self, name: &str, host: &Host) -> (BTreeSet<ClientNamespace>, Option<Alike<'_>>) {
        let Some((alike, told_apart)) = self.alike_namespaces(name, host) else {
            return (self.clients_of(name, host, self.visible.special.iter()), None);
        };
        let are_special = |name: &&&str| self.visible.special.contains(**name);
        let mut clients = self.clients_of(name, host, self.special_apart.iter());
        clients.extend(told_apart.iter().filter(are_special).map(|name| ClientNamespace::Named((*name).to_owned())));
        (clients, Some((alike, told_apart)))
    }

    fn alike_namespaces(&self, name: &str, host: &Host) -> Option<Alike<'_>> {
        let is_asked = host.public && self.aspects.has(Aspect::SpecialNamespaces);
        let alike = self.alike.as_ref().filter(|alike| is_asked && alike.len() > 0)?;
        // Workloads with a label that is named are in some of the namespaces alone.
        if alike.have_workloads && !self.named_labels(name, host, &ClientNamespace::AnyOther, None).is_empty() {
            return None;
        }
        let ToldApart { hosts, mut namespaces } = self.visible.told_apart(name)?;
        namespaces.extend(hosts.iter().flat_map(|host| alike.naming(host)));
        Some((alike, namespaces))
    }

    /// The namespaces that may see an object for a host that other namespaces do not see, and those that are special for every
    /// host.
    fn clients_of<'s>(
        &self,
        name: &str,
        host: &Host,
        special: impl Iterator<Item = &'s String>,
    ) -> BTreeSet<ClientNamespace> {
        let mut clients = BTreeSet::new();
        let wilder: Vec<&Host> = self.visible.covering(name).collect();
        let all = || std::iter::once(host).chain(wilder.iter().copied());
        if self.aspects.has(Aspect::Viewers) {
            clients.extend(all().flat_map(|host| &host.namespaces).cloned().map(ClientNamespace::Named));
        }
        clients.extend(host.clients.iter().cloned().map(ClientNamespace::Named));
        if self.aspects.has(Aspect::SpecialNamespaces) {
            if all().any(|host| host.public) {
                clients.extend(special.cloned().map(ClientNamespace::Named));
            }
            // A namespace that allows unknown hosts, or has an object that is not modelled, may also reach hosts that
            // it does not see.
            if self.visible.declared.have(name) {
                clients.extend(self.visible.open.iter().cloned().map(ClientNamespace::Named));
            }
        }
        if self.aspects.has(Aspect::OtherNamespaces) {
            clients.insert(ClientNamespace::AnyOther);
        }
        clients.extend(self.ambient.iter().map(|name| ClientNamespace::Named((*name).to_owned())));
        clients
    }

    /// The service accounts by which requests of a client differ: those of its workloads, and in ambient mode those that
    /// policies name, since a waypoint knows its clients by them. Where a host takes the whole port, bytes for any host may end
    /// there.
    fn accounts_of(
        &self,
        (host, port): (&str, u16),
        namespace: &ClientNamespace,
        labels: &Labels,
    ) -> BTreeSet<Option<String>> {
        let mut accounts = accounts(self.environment, namespace, labels);
        let is_ambient = namespace.name().is_some_and(|name| {
            self.ambient.contains(name) && self.environment.most_open_data_plane(name, labels) == DataPlane::Ambient
        });
        if is_ambient && labels.is_empty() {
            let named = self.identities.about(host).filter(|(whose, _)| whose == namespace);
            accounts.extend(named.map(|(_, account)| account.clone()));
        }
        let hosts = self.visible.hosts.get(host).into_iter().chain(self.visible.taken.get(&port));
        let declared: BTreeSet<&String> = hosts.flat_map(|host| host.accounts_of(namespace, labels)).collect();
        if !declared.is_empty() {
            accounts.remove(&None);
            accounts.extend(declared.into_iter().cloned().map(Some));
            accounts.insert(Some(ANY_ACCOUNT.to_owned()));
        }
        accounts
    }

    /// The sets of labels that something names for clients of a host, on one port or on all ports.
    fn named_labels(
        &self,
        name: &str,
        host: &Host,
        namespace: &ClientNamespace,
        port: Option<u16>,
    ) -> BTreeSet<Labels> {
        let mut named: BTreeSet<Labels> = host.declared_labels.of_all_ports(namespace).cloned().collect();
        if let Some(port) = port {
            named = host.declared_labels.of(namespace, port).cloned().collect();
        }
        if self.aspects.has(Aspect::Labels) {
            let wilder: Vec<&Host> = self.visible.covering(name).collect();
            for labels in std::iter::once(host).chain(wilder).map(|host| &host.labels).chain([&self.visible.everywhere])
            {
                match port {
                    Some(port) => named.extend(labels.of(namespace, port).cloned()),
                    None => named.extend(labels.of_all_ports(namespace).cloned()),
                }
            }
        }
        named
    }

    /// The kinds of workloads that are distinguished for a host and port: one for each set of labels that an object
    /// names, and one for all others.
    fn kinds(&self, name: &str, host: &Host, namespace: &ClientNamespace, port: u16) -> BTreeSet<Labels> {
        let mut kinds = self.named_labels(name, host, namespace, Some(port));
        if self.aspects.has(Aspect::Workloads) {
            add_workloads(&mut kinds, self.environment, namespace);
            let special = namespace.name().and_then(|name| self.special_workloads.get(name));
            kinds.extend(special.into_iter().flatten().map(|labels| (*labels).clone()));
        }
        kinds.insert(Labels::new());
        kinds
    }

    /// Whether no sidecar captures the traffic of these workloads, so that `past_sidecars` makes their classes. The
    /// clients of policies are an exception: their classes are also made here, because their declared flows must be
    /// evaluated.
    fn goes_past_everything(&self, namespace: &ClientNamespace, labels: &Labels) -> bool {
        namespace.name().is_some_and(|name| {
            self.environment.most_open_data_plane(name, labels) == DataPlane::None
                && !self.client_namespaces.contains(name)
        })
    }

    /// The declared host that stands for all declared hosts where the result does not depend on the dialled host. An address
    /// stands for none: it has a listener of its own.
    pub(super) fn representative(&self) -> Option<&str> {
        self.declared_names().next()
    }

    fn declared_names(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().copied().filter(|name| name.parse::<IpAddr>().is_err())
    }

    /// The declared host that stands for all declared hosts at a port that TCP captures for every host. A host that
    /// declares the port itself cannot stand for the others, because it has objects of its own for the port.
    fn representative_at(&self, port: u16) -> Option<&str> {
        let has_it = |name: &str| {
            self.visible.hosts.get(name).is_some_and(|host| host.ports.iter().any(|(number, _)| *number == port))
        };
        self.declared_names().find(|name| !has_it(name))
    }
}
