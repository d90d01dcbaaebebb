"""The requests every case gets without anybody writing them: what is declared must arrive, bystanders must not.

Expectations come from the policy alone. The generated resources are only asked where the gateway listens for what,
because a client that goes straight to the gateway has to know that as well.
"""
from . import flows as policy_flows
from .case import Workload, add
from .doors import doors

STRANGER = "stranger"
UNDECLARED_PORT = 8099
UNDECLARED_HOST = "undeclared.example"
KINDS = ("declared", "unselected", "elsewhere", "undeclared-port", "wrong-protocol", "host-with-port", "foreign-name", "direct")


class Generator:
    """Makes the rows of one case."""

    def __init__(self, case, resources):
        self.case = case
        self.flows = policy_flows.declared(case.policies)
        self.resources = resources
        self.gateway = case.gateways[0]
        self.clients = {flow: self.client_of(flow) for flow in self.flows}
        self.namespaces = list(dict.fromkeys(flow.namespace for flow in self.flows))
        # A namespace that no policy names, not even one that is called so.
        self.abroad = next(name for name in map("elsewhere{}".format, ["", *range(2, 99)]) if name not in self.namespaces)
        self.outsider = self.workload(STRANGER, self.abroad)

    def rows(self):
        """(kind, row) for every generated request; `generate: {kind: false}` in the case leaves a kind out."""
        made = []
        for kind in KINDS if self.case.generate is not False else ():
            if self.case.generate.get(kind, True):
                made += [(kind, row) for row in getattr(self, kind.replace("-", "_"))()]
        return made

    def workload(self, name, namespace, labels=None):
        workload = Workload(name, namespace, labels or {"app": name}, name)
        add(self.case, workload)
        return self.case.workloads[workload.id]

    def client_of(self, flow):
        """A pod that the flow selects: one of the case's own, or one made up for it."""
        for workload in self.case.workloads.values():
            if flow.selects(workload) and workload.sidecar and workload.name != STRANGER:
                return workload
        labels = dict(flow.selector) or {"app": "anyone"}
        return self.workload("-".join(["pod", *labels.values()]).replace("/", "-"), flow.namespace, labels)

    def may(self, workload, host, port):
        return any(flow.admits(workload) and (flow.host, flow.port) == (host, port) for flow in self.flows)

    def swallows(self, workload, host, port):
        """An address-less TCP destination takes its whole port (a stated limit), so nothing else is certain there.

        Where sidecars answer DNS it has an address, and takes only what goes there.
        """
        captured = self.case.environment.get("dnsCapture")
        # An address that the namespace may dial has a listener of its own there.
        apart = captured or any((flow.host, flow.port, flow.namespace) == (host, port, workload.namespace)
                                for flow in self.flows if flow.is_address)
        return any(flow.family == "tcp" and flow.port == port and flow.admits(workload)
                   and (flow.host == host or not (apart or flow.is_address)) for flow in self.flows)

    def destinations(self):
        """One flow per (host, port): bystanders need not be told twice."""
        return list({(flow.host, flow.port): flow for flow in self.flows}.values())

    # What is declared.

    def arrival(self, flow):
        """The row that `flow` promises to its client."""
        place = {"address": flow.host} if flow.is_address else {"host": flow.host}
        origin = {**place, "via": "gateway", "port": flow.upgrade or flow.port}
        row = {"client": self.clients[flow].id}
        if flow.family == "http":
            scheme = {"HTTP": "http", "HTTP2": "h2c", "GRPC": "grpc"}.get(flow.protocol, "http")
            origin |= {"scheme": "https", "sni": flow.host} if flow.upgrade else {"scheme": "http"}
            origin |= {"authority": flow.host if flow.port == 80 else f"{flow.host}:{flow.port}"}
            return row | {"url": f"{scheme}://{flow.host}:{flow.port}/anything", "status": 200, "origin": origin}
        if flow.family == "tls":
            return row | {"url": f"https://{flow.host}:{flow.port}/anything", "status": 200,
                          "origin": origin | {"scheme": "https", "sni": flow.host}}
        return row | {"url": f"tcp://{flow.host}:{flow.port}/", "status": "answered", "origin": origin | {"scheme": "tcp"}}

    def declared(self):
        return [self.arrival(flow) for flow in self.flows]

    # Who must not.

    def attempt(self, client, flow):
        """The same request as the flow's own, from somebody who may not send it."""
        return {"client": client.id, "url": self.arrival(flow)["url"], "status": "blocked"}

    def unselected(self):
        rows = []
        for namespace in self.namespaces:
            stranger = self.workload(STRANGER, namespace)
            rows += [self.attempt(stranger, flow) for flow in self.destinations()
                     if not self.may(stranger, flow.host, flow.port) and not self.swallows(stranger, flow.host, flow.port)]
            rows += [{**self.arrival(flow), "client": stranger.id} for flow in self.destinations()
                     if flow.admits(stranger) and not flow.selects(stranger)]
        return rows

    def elsewhere(self):
        """From another namespace, by a pod that carries the very labels that are selected."""
        return [self.attempt(self.twin(flow), flow) for flow in self.destinations()]

    def twin(self, flow):
        if not flow.selector:
            return self.outsider
        return self.workload("-".join(["like", *dict(flow.selector).values()]), self.abroad, dict(flow.selector))

    # What must not.

    def undeclared_port(self):
        rows = []
        for flow in self.flows:
            client = self.clients[flow]
            for scheme, port in (("http", UNDECLARED_PORT), ("https", UNDECLARED_PORT), ("http", 80), ("https", 443)):
                if not self.may(client, flow.host, port) and not self.swallows(client, flow.host, port):
                    rows.append({"client": client.id, "url": f"{scheme}://{flow.host}:{port}/", "status": "blocked"})
        return unique(rows)

    def wrong_protocol(self):
        rows = []
        for flow in self.flows:
            client = self.clients[flow]
            if self.swallows(client, flow.host, flow.port):
                continue
            other = {"http": "https", "tls": "http"}[flow.family]
            # On a TLS port the sidecar may also have an HTTP listener, which then answers 502 itself.
            status = "closed" if other == "https" else [502, "closed"]
            rows.append({"client": client.id, "url": f"{other}://{flow.host}:{flow.port}/", "status": status})
        return unique(rows)

    def host_with_port(self):
        rows = []
        for flow in self.flows:
            if flow.family != "http" or flow.port != 80 or flow.protocol != "HTTP":
                continue
            authority = f"{flow.host}:{flow.port}"
            allowed = self.arrival(flow)
            rows.append({**allowed, "authority": authority, "origin": {**allowed["origin"], "authority": authority}})
            rows.append({**self.attempt(self.outsider, flow), "authority": authority})
        return rows

    def foreign_name(self):
        """The address of a declared host, asked for something else (domain fronting as far as a proxy can see it)."""
        rows = []
        for flow in self.flows:
            client = self.clients[flow]
            if self.swallows(client, flow.host, flow.port):
                continue
            if flow.family == "http":
                rows.append({"client": client.id, "url": f"http://{flow.host}:{flow.port}/", "authority": UNDECLARED_HOST,
                             "status": "blocked"})
            else:
                rows += [{"client": client.id, "url": f"https://{flow.host}:{flow.port}/", "sni": sni, "status": "closed"}
                         for sni in (UNDECLARED_HOST, "")]
        return rows

    # Straight to the gateway.

    def direct(self):
        if self.gateway.authorization == "off":
            return []
        rows = []
        for flow in self.destinations():
            for door in doors(self.resources, flow, self.gateway):
                rows += [self.knock(flow, door, workload) for workload in self.callers(flow)]
                rows.append(self.knock(flow, door, None))
                if flow.family == "http":
                    # Routes ignore the port in a Host header, authorization does not.
                    refused = self.knock(flow, door, self.outsider.id)
                    rows.append({**refused, "authority": f"{flow.host}:{flow.port}"})
        return rows

    def callers(self, flow):
        """One declared client and one stranger per namespace of the case, and somebody from elsewhere."""
        known = [self.clients[flow]]
        known += [self.workload(STRANGER, namespace) for namespace in self.namespaces]
        return [*dict.fromkeys(workload.id for workload in known), self.outsider.id]

    def knock(self, flow, door, caller):
        through = {"outer": door.sni, "port": door.port, "inner": flow.family,
                   "identity": caller and self.spiffe(self.case.workloads[caller])}
        row = {"client": caller or self.outsider.id, "through": through}
        arrival = self.arrival(flow)
        row["url"] = {"http": "http", "tls": "https", "tcp": "tcp"}[flow.family] + arrival["url"][arrival["url"].index(":"):]
        if caller and self.admitted(self.case.workloads[caller], flow):
            return row | {"status": arrival["status"], "origin": {
                key: value for key, value in arrival["origin"].items() if key != "authority"}}
        if flow.family == "http":
            # Without a certificate there is no connection that a request could be refused on.
            return row | {"status": 403 if caller else "closed"}
        # Envoy dials the destination of a TCP chain before it knows the caller; it must not send it a byte.
        return row | {"status": "closed", "origin": "silent"}

    def spiffe(self, workload):
        return f"{workload.namespace}/{workload.account}"

    def admitted(self, workload, flow):
        """The gateway judges by namespace, and by service account where the mesh facts know the selected pods."""
        return any(workload.account in self.accounts(other) if self.accounts(other) else True for other in self.flows
                   if (other.host, other.port, other.namespace) == (flow.host, flow.port, workload.namespace))

    def accounts(self, flow):
        """The accounts of the pods that a selector means; none when the facts do not say."""
        if not flow.selector or flow.is_audited:
            return set()
        known = [entry for namespace in self.case.environment.get("namespaces") or [] if namespace["name"] == flow.namespace
                 for entry in namespace.get("workloads") or []]
        return {entry.get("serviceAccount") or "default" for entry in known
                if all((entry.get("labels") or {}).get(key) == value for key, value in flow.selector)}


def unique(rows):
    return list({str(sorted(row.items(), key=str)): row for row in rows}.values())
