"""The Kubernetes objects around the policy that istiod has to know: namespaces, the gateway's Service, pods.

Only what the case's own facts do not bring along already.
"""


def objects(case, addresses, gateway_addresses):
    """`addresses` gives every workload's pod address, `gateway_addresses` every gateway's."""
    given = case.kubernetes
    have = {(document["kind"], document["metadata"].get("namespace"), document["metadata"]["name"]) for document in given}
    made = []
    for gateway in case.gateways:
        made += [service(gateway), pod(gateway.service, gateway.namespace, gateway.labels, gateway.service,
                                       gateway_addresses[gateway.name])]
    for workload in case.workloads.values():
        made.append(pod(workload.name, workload.namespace, workload.labels, workload.account, addresses[workload.id]))
    namespaces = {entry["metadata"]["namespace"] for entry in made} | {"istio-egress", "istio-system"}
    namespaces |= {policy["metadata"]["namespace"] for policy in case.policies}
    made += [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in sorted(namespaces)]
    return given + [entry for entry in made
                    if (entry["kind"], entry["metadata"].get("namespace"), entry["metadata"]["name"]) not in have]


def service(gateway):
    ports = [{"name": f"{'http' if port.klass == 'http' else 'https'}-{port.number}", "port": port.number,
              "targetPort": port.target, "protocol": "TCP"} for port in gateway.ports]
    return {"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": gateway.service, "namespace": gateway.namespace, "labels": gateway.labels},
            "spec": {"clusterIP": "10.96.0.20", "selector": gateway.labels, "ports": ports}}


def pod(name, namespace, labels, account, address):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": {"serviceAccountName": account, "nodeName": "node", "containers": [{"name": "app", "image": "app"}]},
            "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                       "conditions": [{"type": "Ready", "status": "True"}]}}
