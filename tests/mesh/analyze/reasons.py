"""Which diagnostics of `egressc check` are about the same as a finding of `istioctl analyze`, and why others are not reported."""

# The codes that report the same about the same object.
CORRESPONDS = {
    "IST0101": ("EGR0701", "EGR0703", "EGR0714", "EGR0720", "EGR0721"),
    "IST0106": ("EGR0615",),
    "IST0109": ("EGR0715",),
    "IST0110": ("EGR0722",),
    "IST0111": ("EGR0722",),
    "IST0112": ("EGR0703",),
    "IST0127": ("EGR0721",),
    "IST0128": ("EGR0706",),
    "IST0129": ("EGR0706",),
    "IST0130": ("EGR0702",),
    "IST0131": ("EGR0702",),
    "IST0132": ("EGR0701", "EGR0714"),
    "IST0133": ("EGR0611", "EGR0615"),
    "IST0134": ("EGR0708",),
    "IST0145": ("EGR0711", "EGR0728"),
    "IST0150": ("EGR0725",),
    "IST0162": ("EGR0703", "EGR0711"),
    "IST0167": ("EGR0729",),
    "IST0173": ("EGR0703", "EGR0711"),
    "IST0174": ("EGR0704",),
}

INSIDE = "a host of the cluster: the Services are seldom all given, and none is taken for missing"
INSIDE_ROUTES = "routes for hosts of the cluster, or of gateways for what comes in"
NO_POD = "no pod of its namespace or no gateway is given, and none is taken for missing"
NO_REQUEST = "no request for an external host uses the object"

# Findings about several objects, of which `check` may name another one.
OF_PAIRS = ("IST0109", "IST0145", "IST0173")

# The fixtures of the folder that are right, or of whose mistake no request shows anything; each other one must be found by `check`.
QUIET = ("IST0101-mirror", "IST0102-no-injection", "IST0103-pod-without-proxy", "IST0112", "IST0128-verified",
         "IST0133-partial-wildcard", "IST0134", "IST0134-no-protocol", "IST0166")

# The first row counts: code, object, message, and the reason.
REASONS = [
    ("IST0101", "Telemetry/", "", "Telemetry changes no request"),
    ("IST0101", "VirtualService/", r"mirror host", "a mirror that is lost changes nothing for the client"),
    ("IST0101", "(VirtualService|DestinationRule)/", r"host|subset|port", INSIDE),
    ("IST0101", "VirtualService/", r"gateway not found", NO_REQUEST),
    ("IST0101", "Gateway/", r"selector not found", NO_POD),
    ("IST0101", "Sidecar/", r"selector not found", NO_POD),
    ("IST0101", "AuthorizationPolicy/", r"namespace not found", "namespaces are seldom all given, and none is taken for missing"),
    ("IST0101", "", r"credentialName|secret|credential", "Secrets are not read: a repository seldom has them"),
    ("IST0106", "(EnvoyFilter|Telemetry|WasmPlugin|RequestAuthentication|PeerAuthentication)/", "", "what Istio refuses is compared for the kinds that egress depends on"),
    ("IST0106", "VirtualService/", "HTTP route, redirect or direct_response", "the fixture has a field that the API server removes"),
    ("IST0109", "", "", "the host is of the cluster, or nothing declares it: no request for an external host is decided"),
    ("IST0110|IST0111", "", "", "no ServiceEntry is given, so that the Sidecars differ in no request for an external host"),
    ("IST0112", "", "", "Istio takes the port that the client has dialled; EGR0703 is reported where it leads nowhere"),
    ("IST0127", "", "", NO_POD),
    ("IST0128|IST0129", "", "", "Istio uses the CAs of the system where none is named; EGR0706 is reported where the name is not verified"),
    ("IST0130|IST0131", "", "", INSIDE_ROUTES),
    ("IST0132", "", "", NO_REQUEST),
    ("IST0133", "EnvoyFilter/", "", "`check` does not discourage from a kind"),
    ("IST0133", "AuthorizationPolicy/", "deny all traffic to TCP", "no request shows it: EGR0611 needs a route that sends TLS or TCP to the gateway"),
    ("IST0133", "ServiceEntry/", "partial wildcard", "Istio takes the name and matches it as Envoy does; the requests for it are asked"),
    ("IST0133", "ServiceEntry/", "addresses|address", "EGR0708 is reported where a request arrives at another host"),
    ("IST0133", "", "", "a warning about something else than egress"),
    ("IST0134", "", "", "EGR0708 is reported where a request arrives at another host"),
    ("IST0145", "", "", "Istio merges servers of HTTP, and those of Gateways that no route of egress names are no egress"),
    ("IST0162", "", "", "the analyzer takes the port of the Service for that of the pods; EGR0703 and EGR0711 are reported where a request is lost"),
    ("IST0166", "", "", "Istio takes such a selector unless `ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY` is off"),
    ("IST0167", "Sidecar/", "", "Istio refuses the Sidecars of the fixture, which EGR0615 reports"),
    ("IST0173", "", "", "no route of egress uses the subset"),
    ("IST0174", "", "", INSIDE),
    ("IST0150", "", "", "the name of a port is no mistake in itself; EGR0725 is reported where a request is lost"),
]

CLIENTS = "a fact about workloads, and no mistake of an object; `reach` lists the workloads without a sidecar"
ENVOY_FILTER = "EnvoyFilters are evaluated as far as they say what they change; how well they are written is not judged"
NOT_OF_EGRESS = "not about egress"

# What is about nothing of egress, or about facts.
NOT_EGRESS = {
    "IST0102": CLIENTS,
    "IST0103": CLIENTS,
    "IST0123": CLIENTS,
    "IST0144": CLIENTS,
    "IST0146": CLIENTS,
    "IST0147": CLIENTS,
    "IST0151": ENVOY_FILTER,
    "IST0152": ENVOY_FILTER,
    "IST0153": ENVOY_FILTER,
    "IST0154": ENVOY_FILTER,
    "IST0155": ENVOY_FILTER,
    "IST0161": "Secrets are not read: a repository seldom has them",
    "IST0171": "what a controller writes into `status` is not read",
    "NOT-READ": "the file is no object of Kubernetes",
} | dict.fromkeys((
    "IST0002", "IST0107", "IST0108", "IST0116", "IST0118", "IST0125", "IST0135", "IST0137", "IST0138", "IST0139", "IST0140",
    "IST0149", "IST0157", "IST0159", "IST0160", "IST0163", "IST0164", "IST0165", "IST0175", "IST0176"), NOT_OF_EGRESS)
