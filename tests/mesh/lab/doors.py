"""Where the gateway listens for a destination, read from the Gateway and VirtualService objects that were generated.

The port is the container's, the name is the outer SNI: all that a caller with an own certificate needs.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Door:
    sni: str
    port: int


def doors(resources, flow, gateway):
    """Every door of the gateway behind which a route leads to the flow's host and port."""
    gateways = {f"{thing['metadata']['namespace']}/{thing['metadata']['name']}": thing["spec"]
                for thing in resources if thing["kind"] == "Gateway"}
    targets = {port.number: port.target for port in gateway.ports}
    names = names_of(resources, flow)
    found = {}
    for thing in resources:
        if thing["kind"] != "VirtualService" or not leads_to(thing["spec"], flow, names):
            continue
        for name in thing["spec"].get("gateways", []):
            for server in gateways.get(name, {}).get("servers", []):
                sni = outer_name(server, thing["spec"], flow)
                if sni:
                    found[Door(sni, targets.get(server["port"]["number"], server["port"]["number"]))] = None
    return list(found)


def names_of(resources, flow):
    """What the objects call the destination: an address has the name of the entry with it as its only endpoint."""
    if not flow.is_address:
        return {flow.host}
    entries = [thing["spec"] for thing in resources if thing["kind"] == "ServiceEntry"]
    return {host for entry in entries if [each["address"] for each in entry.get("endpoints", [])] == [flow.host]
            for host in entry["hosts"]}


def leads_to(spec, flow, names):
    block, port = ("http", flow.upgrade or flow.port) if flow.family == "http" else ("tcp", flow.port)
    destinations = [leg["destination"] for route in spec.get(block, []) for leg in route.get("route", [])]
    return any(place["host"] in names and place["port"]["number"] == port for place in destinations)


def outer_name(server, spec, flow):
    """HTTP servers list the hosts beside their private name; TLS servers have the private name alone."""
    names = [host.rpartition("/")[2] for host in server["hosts"]]
    if flow.family == "http":
        return names[0] if server["port"]["protocol"] == "HTTPS" and flow.host in names else None
    return names[0] if server["port"]["protocol"] == "TLS" and set(names) & set(spec["hosts"]) else None
