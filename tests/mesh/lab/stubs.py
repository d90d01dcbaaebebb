"""The Kubernetes objects around the policy that istiod has to know: namespaces, the gateway's Service, pods.

Only what the case's own facts do not bring along already.
"""

HBONE_PORT = 15008


def objects(case, addresses, gateway_addresses, waypoint_addresses):
    """`addresses` gives every workload's pod address, the others every gateway's and waypoint's."""
    given = case.kubernetes
    have = {(document["kind"], document["metadata"].get("namespace"), document["metadata"]["name"]) for document in given}
    made = []
    for number, gateway in enumerate(case.gateways):
        made += [service(gateway, number), pod(gateway.service, gateway.namespace, gateway.labels, gateway.service,
                                       gateway_addresses[gateway.name])]
    for number, waypoint in enumerate(case.waypoints, 1):
        made += [waypoint_service(waypoint, number),
                 pod(waypoint.name, waypoint.namespace, waypoint.labels, waypoint.name, waypoint_addresses[waypoint.id])]
    for workload in case.workloads.values():
        made.append(pod(workload.name, workload.namespace, workload.labels, workload.account, addresses[workload.id]))
    namespaces = {entry["metadata"]["namespace"] for entry in made} | {"istio-egress", "istio-system"}
    namespaces |= {policy["metadata"]["namespace"] for policy in case.policies}
    made += [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in sorted(namespaces)]
    return given + [entry for entry in made
                    if (entry["kind"], entry["metadata"].get("namespace"), entry["metadata"]["name"]) not in have]


def service(gateway, number):
    ports = [{"name": f"{'http' if port.klass == 'http' else 'https'}-{port.number}", "port": port.number,
              "targetPort": port.target, "protocol": "TCP"} for port in gateway.ports]
    return {"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": gateway.service, "namespace": gateway.namespace, "labels": gateway.labels},
            "spec": {"clusterIP": f"10.96.0.{20 + number}", "selector": gateway.labels, "ports": ports}}


def waypoint_service(waypoint, number):
    return {"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": waypoint.name, "namespace": waypoint.namespace, "labels": waypoint.labels},
            "spec": {"clusterIP": f"10.96.1.{number}", "selector": {"gateway.networking.k8s.io/gateway-name": waypoint.name},
                     "ports": [{"name": "mesh", "port": HBONE_PORT, "appProtocol": "hbone", "protocol": "TCP"}]}}


def pod(name, namespace, labels, account, address):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": {"serviceAccountName": account, "nodeName": "node", "containers": [{"name": "app", "image": "app"}]},
            "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                       "conditions": [{"type": "Ready", "status": "True"}]}}
