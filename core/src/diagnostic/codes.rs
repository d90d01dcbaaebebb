//! The registry: every rule that can speak, in the order of the pipeline.
//!
//! Ids are never reused; a rule that is dropped leaves its line here as a comment with the version that dropped it.
//! Each id has a page in `core/docs/codes/`, which is its documentation, what `egressc explain` prints, and a test.

use super::Severity;

/// One rule: what it is called and how bad a hit is.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `EGR` and four digits, permanent.
    pub id: &'static str,
    /// The same for people, permanent.
    pub slug: &'static str,
    /// How bad a hit is.
    pub severity: Severity,
    /// The rule in one line.
    pub summary: &'static str,
    /// The page: what it means, why it matters, an example, the example mended.
    pub page: &'static str,
}

macro_rules! codes {
    ($($name:ident = $id:literal $slug:literal $severity:ident $summary:literal;)*) => {
        $(
            #[doc = $summary]
            pub static $name: Code = Code {
                id: $id,
                slug: $slug,
                severity: Severity::$severity,
                summary: $summary,
                page: include_str!(concat!("../../docs/codes/", $id, ".md")),
            };
        )*
        /// Every rule, in order of its id.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    // 00: limits, and our own faults
    INTERNAL = "EGR0001" "internal" Error "the compiled output contradicts itself; this is a bug in egressc";
    TOO_MANY_DIAGNOSTICS = "EGR0002" "too-many-diagnostics" Note "some diagnostics are not shown";
    TOO_MANY_FLOWS = "EGR0003" "too-many-flows" Error "the policies declare too many flows";

    // 01: parse
    SYNTAX = "EGR0101" "syntax" Error "the text is not YAML or JSON";
    DUPLICATE_KEY = "EGR0102" "duplicate-key" Error "a key is listed twice in one map";
    SOURCE_TOO_LARGE = "EGR0103" "source-too-large" Error "a source, or all of them together, is too large";
    TOO_DEEP = "EGR0104" "too-deep" Error "lists and maps are nested too deeply";
    TOO_MANY_DOCUMENTS = "EGR0105" "too-many-documents" Error "a source contains too many documents";
    ALIAS_EXPANSION = "EGR0106" "alias-expansion" Error "aliases expand to too many values";
    NOT_TEXT = "EGR0107" "not-text" Error "the source is not UTF-8 text";
    BAD_KEY = "EGR0108" "bad-key" Error "a key is a list, a map or nothing";
    BAD_MERGE = "EGR0109" "bad-merge" Error "a merge key does not merge a map";
    BAD_TAG = "EGR0110" "bad-tag" Error "a tag is unknown, or does not match its value";
    BAD_ALIAS = "EGR0111" "bad-alias" Error "an alias has no anchor, or refers to a value that contains it";
    TOO_MANY_NODES = "EGR0112" "too-many-nodes" Error "the sources contain too many keys and values";

    // 02: decode
    NOT_AN_OBJECT = "EGR0201" "not-an-object" Error "a document is not a Kubernetes object";
    UNKNOWN_FIELD = "EGR0202" "unknown-field" Error "a field is unknown";
    WRONG_TYPE = "EGR0203" "wrong-type" Error "a value has the wrong type";
    MISSING_FIELD = "EGR0204" "missing-field" Error "a required field is missing";
    OUT_OF_RANGE = "EGR0205" "out-of-range" Error "a number is out of range";
    UNKNOWN_VERSION = "EGR0206" "unknown-version" Error "an API version is unknown";
    UNKNOWN_KIND = "EGR0207" "unknown-kind" Error "a kind is misspelt";
    KIND_NOT_READ = "EGR0208" "kind-not-read" Note "the kind of a document is ignored";
    SELECTOR_WRAPPER = "EGR0209" "selector-wrapper" Error "a workload selector is wrapped in matchLabels";
    EMPTY_SELECTOR = "EGR0210" "empty-selector" Error "a workload selector has no labels";
    UNKNOWN_VALUE = "EGR0211" "unknown-value" Error "a value is not one of the allowed values";
    EMPTY_LIST = "EGR0212" "empty-list" Error "a list needs at least one item";
    LIST_TOO_LONG = "EGR0213" "list-too-long" Error "a list has too many items";
    BAD_NAME = "EGR0214" "bad-name" Error "a name or label is not valid in Kubernetes";
    NO_POLICY = "EGR0215" "no-policy" Error "the input contains no policy";
    BAD_EXPECTATION = "EGR0216" "bad-expectation" Error "an expectation is not a valid request";
    GIVEN_TWICE = "EGR0219" "given-twice" Warning "an object is given twice, and the last one counts";
    OBJECT_SKIPPED = "EGR0220" "object-skipped" Note "a document that is not a Kubernetes object is ignored";
    TEMPLATE_SKIPPED = "EGR0221" "template-skipped" Warning "a template of Helm is ignored";
    FIELD_OF_EGRESS_POLICY = "EGR0222" "field-of-egress-policy" Error "an ASMEgressTrafficPolicy has a field that only EgressPolicy has";
    BAD_HTTP_TEXT = "EGR0223" "bad-http-text" Error "a method, path or header is not valid";
    PATCH_SKIPPED = "EGR0224" "patch-skipped" Warning "a patch of kustomize is ignored";
    NOTHING_ABOUT_EGRESS = "EGR0225" "nothing-about-egress" Note "no object is about egress";
    NOT_CONVERTED = "EGR0226" "not-converted" Error "a policy cannot be converted where it stands";
    KUSTOMIZATION_NOT_APPLIED = "EGR0227" "kustomization-not-applied" Warning "a kustomization changes objects, and is not applied";

    // 03: resolve
    DUPLICATE_POLICY = "EGR0301" "duplicate-policy" Error "two policies have the same name and namespace";
    GATEWAY_MISSING = "EGR0302" "gateway-missing" Error "a policy names no gateway";
    UNKNOWN_GATEWAY = "EGR0303" "unknown-gateway" Error "no document describes the gateway, although the list is complete";
    GATEWAY_ASSUMED = "EGR0304" "gateway-assumed" Note "no document describes the gateway, so defaults are assumed";
    SEVERAL_SERVICES = "EGR0305" "several-services" Error "more than one Service matches a gateway";
    FACTS_CONTRADICT = "EGR0306" "facts-contradict" Warning "two documents contradict each other about the mesh";
    OTHER_GATEWAY = "EGR0307" "other-gateway" Error "a rule names a different gateway than its policy";
    GATEWAY_PORT_MISSING = "EGR0308" "gateway-port-missing" Error "the gateway does not have the port";
    NO_FITTING_PORT = "EGR0309" "no-fitting-port" Error "the gateway has no port of the right class";
    TWO_ENVIRONMENTS = "EGR0310" "two-environments" Error "the input contains two MeshEnvironments";
    UPGRADE_NOT_ENABLED = "EGR0311" "upgrade-not-enabled" Warning "httpsUpgrade is set but not enabled";
    LISTED_TWICE = "EGR0312" "listed-twice" Error "an entry is listed twice in a MeshEnvironment";
    REGISTRY_ONLY_ASSUMED = "EGR0313" "registry-only-assumed" Note "sidecars are assumed to block unknown hosts";
    SETTING_NOT_FOLLOWED = "EGR0314" "setting-not-followed" Warning "a setting of the mesh config is ignored";
    UNREADABLE_MESH_CONFIG = "EGR0315" "unreadable-mesh-config" Warning "istiod cannot read a mesh config, which is not in force";

    // 04: check
    POLICY_NAME = "EGR0401" "policy-name" Warning "a policy is not named after its gateway";
    POLICY_NAMESPACE = "EGR0402" "policy-namespace" Warning "a policy is not in namespace istio-egress";
    TLS_MODE_LABEL = "EGR0403" "tls-mode-label" Warning "gateway pods do not have the mutual TLS label";
    ALLOW_ANY = "EGR0404" "allow-any" Error "sidecars allow traffic to unknown hosts";
    CLIENT_BESIDE_GATEWAY = "EGR0405" "client-beside-gateway" Error "clients are in the gateway's namespace";
    BESIDE_GATEWAY = "EGR0406" "beside-gateway" Error "a workload has a sidecar in the gateway's namespace";
    NO_INJECTION = "EGR0407" "no-injection" Warning "sidecar injection is off in a client's namespace";
    SELECTS_NOTHING = "EGR0408" "selects-nothing" Warning "a workload selector selects no workload";
    UNKNOWN_NAMESPACE = "EGR0409" "unknown-namespace" Warning "no document describes a client's namespace";
    TARGET_PORT_UNKNOWN = "EGR0410" "target-port-unknown" Warning "the container port behind a gateway port is not known";
    ONE_SERVICE = "EGR0411" "one-service" Error "two gateways have the same Service";
    ONE_SET_OF_PODS = "EGR0412" "one-set-of-pods" Error "one selector selects the pods of two gateways";
    NOT_CAPTURED = "EGR0413" "not-captured" Error "the sidecar of a client does not capture a declared port";
    CLIENT_WITHIN = "EGR0414" "client-within" Note "another client of the same rule contains a client";
    HOST_SYNTAX = "EGR0421" "host-syntax" Error "a host is not a full DNS name";
    WILDCARD_HOST = "EGR0422" "wildcard-host" Error "a host is a wildcard";
    IP_HOST = "EGR0423" "ip-host" Error "a host is an address";
    DUPLICATE_HOST = "EGR0424" "duplicate-host" Warning "a host is listed twice";
    CLUSTER_HOST = "EGR0425" "cluster-host" Error "a host is inside the cluster";
    RESERVED_HOST = "EGR0426" "reserved-host" Error "a host name is reserved by egressc";
    TWO_PROTOCOLS = "EGR0431" "two-protocols" Error "one host and port has two protocols";
    HTTP_COLLISION = "EGR0432" "http-collision" Error "HTTP for one host on one gateway port has two destinations";
    TCP_TAKES_PORT = "EGR0433" "tcp-takes-port" Warning "TCP without an address matches all traffic of its port";
    TWO_TCP_HOSTS = "EGR0434" "two-tcp-hosts" Error "two TCP hosts without addresses share a port";
    UPGRADE_NOT_HTTP = "EGR0435" "upgrade-not-http" Error "httpsUpgrade on a port that is not plain HTTP";
    HTTPS_AS_TCP = "EGR0436" "https-as-tcp" Warning "port 443 is declared as TCP";
    TWO_WAYS = "EGR0437" "two-ways" Error "one client would reach one host and port by two different routes";
    HTTP_BESIDE_TCP = "EGR0438" "http-beside-tcp" Warning "TCP without an address shares a port with HTTP";
    PORT_OF_ISTIO = "EGR0439" "port-of-istio" Error "a rule uses a port that is reserved by Istio";
    HTTP_ON_443 = "EGR0440" "http-on-443" Warning "port 443 is declared as plain HTTP";
    NOT_READ_BY_ISTIO = "EGR0441" "not-read-by-istio" Note "an object is not read by the control plane, and is left out";
    HTTP_FIELD_NOT_HTTP = "EGR0451" "http-field-not-http" Error "a rule about HTTP requests stands at a destination that is not plain HTTP";
    HTTP_FIELDS_DIFFER = "EGR0452" "http-fields-differ" Error "one host on one gateway port has two sets of rules or settings";
    EMPTY_REQUEST_PATTERN = "EGR0453" "empty-request-pattern" Error "an item of allow or deny matches every request";
    NO_REQUEST_ALLOWED = "EGR0454" "no-request-allowed" Error "allow and deny together allow no request";
    DENY_BY_SPELLING = "EGR0455" "deny-by-spelling" Warning "a request avoids a denial by another spelling of its path or headers";
    TOO_MANY_MATCHES = "EGR0456" "too-many-matches" Error "the rules about requests of one destination need too many matches";
    HEADER_CHANGED_TWICE = "EGR0457" "header-changed-twice" Error "a header is changed in two ways";
    ACCOUNTS_NOT_KEPT_APART = "EGR0458" "accounts-not-kept-apart" Error "service accounts and labels of two clients could be mixed";
    ACCOUNTS_NOT_ENFORCED = "EGR0459" "accounts-not-enforced" Error "the gateway cannot compare the service accounts of a client";
    TLS_SETTINGS = "EGR0460" "tls-settings" Error "the TLS settings of httpsUpgrade contradict each other";
    SECRET_NEEDED = "EGR0461" "secret-needed" Note "a gateway needs a Secret";
    PATHS_NOT_NORMALIZED = "EGR0462" "paths-not-normalized" Error "patterns of paths are allowed where proxies do not normalize paths";
    BAD_ADDRESS = "EGR0463" "bad-address" Error "a text in addresses is not an address";
    ADDRESS_NOT_EGRESS = "EGR0464" "address-not-egress" Error "an address is never one of an external service";
    TOO_MANY_ADDRESSES = "EGR0465" "too-many-addresses" Error "a destination has too many addresses";
    ADDRESS_NOT_TCP = "EGR0466" "address-not-tcp" Error "an address is declared with another protocol than TCP";
    HOSTS_AND_ADDRESSES = "EGR0467" "hosts-and-addresses" Error "a destination has both hosts and addresses";
    IPV6_ADDRESS = "EGR0468" "ipv6-address" Error "an address is an IPv6 address";
    PRIVATE_ADDRESS = "EGR0469" "private-address" Note "an address is private, and may be inside the cluster";
    WILDCARD_NOT_HTTP = "EGR0470" "wildcard-not-http" Error "a wildcard host is not plain HTTP";
    WILDCARD_PORT = "EGR0471" "wildcard-port" Error "a wildcard that is upgraded uses ports other than 80 and 443";
    SHARED_PARENT = "EGR0472" "shared-parent" Warning "anybody can get a name below a wildcard";
    WILDCARD_TOO_OLD = "EGR0473" "wildcard-too-old" Error "the version of Istio resolves no wildcards at gateways";
    WILDCARD_SETTINGS = "EGR0474" "wildcard-settings" Error "a wildcard has settings that Istio cannot apply";
    NARROWER_HOST = "EGR0475" "narrower-host" Warning "a more specific host takes requests from clients of a wildcard";
    NARROWER_AT_GATEWAY = "EGR0476" "narrower-at-gateway" Error "a wildcard and a host below it share a gateway port";
    RETRIES_OFF = "EGR0477" "retries-off" Warning "retries without attempts have other fields";
    RULES_AVOIDED = "EGR0478" "rules-avoided" Warning "another rule opens a way around allow and deny";
    WILDCARD_VERSION_ASSUMED = "EGR0479" "wildcard-version-assumed" Note "no document has the version of Istio, and a wildcard needs a new one";
    BACKENDS_NOT_HTTP = "EGR0480" "backends-not-http" Error "a destination with backends is not plain HTTP";
    BACKEND_WEIGHTS = "EGR0481" "backend-weights" Error "the weights of backends leave open who gets the requests";
    BACKENDS_CONTRADICT = "EGR0482" "backends-contradict" Error "the fields of a destination with backends contradict each other";
    FALLBACK_DIFFERS = "EGR0483" "fallback-differs" Error "a host with fallbacks would be reached in two ways";
    GATEWAYS_CONTRADICT = "EGR0484" "gateways-contradict" Error "the gateways of a rule contradict each other";
    GATEWAY_WEIGHTS = "EGR0485" "gateway-weights" Error "the weights of gateways leave open who gets the requests";
    GATEWAYS_UNLIKE = "EGR0486" "gateways-unlike" Warning "one gateway of a destination checks its callers, and another one does not";
    IN_AUDIT_MODE = "EGR0490" "in-audit-mode" Note "a rule is in audit mode, and blocks nothing";
    AUDIT_BESIDE_ENFORCED = "EGR0491" "audit-beside-enforced" Error "a rule in audit mode would open what an enforced rule closes";
    AUDITED_TWO_WAYS = "EGR0492" "audited-two-ways" Error "rules in audit mode send one host and port in two ways";
    AUDIT_OPENS_HOST = "EGR0493" "audit-opens-host" Warning "a rule in audit mode opens a host that an enforced rule limits";
    UNTIL_PASSED = "EGR0494" "until-passed" Warning "the last day of a rule has passed";
    TOOLS_CONTRADICT = "EGR0495" "tools-contradict" Error "fields beside the tools of an MCP server contradict them";
    TOOLS_OPEN = "EGR0496" "tools-open" Warning "an item of allow lets calls of tools through that no item names";
    NAMED_SET = "EGR0497" "named-set" Error "a named set is unknown, or other fields stand beside it";
    SET_UNDONE = "EGR0498" "set-undone" Warning "an item of allow lets through what a named set beside it leaves out";

    // 05: prove
    UNSOUND = "EGR0501" "unsound" Error "the compiled resources would allow a request that no rule allows";
    INCOMPLETE = "EGR0502" "incomplete" Error "the compiled resources would not deliver a declared flow";
    UNPROVEN = "EGR0503" "unproven" Error "the result of a request with the compiled resources is unknown";

    // 06: your own Istio objects
    TAKES_AWAY = "EGR0601" "takes-away" Warning "your own object blocks a declared flow";
    LETS_THROUGH = "EGR0602" "lets-through" Error "your own object allows a request that no rule allows";
    UNDECIDED = "EGR0603" "undecided" Warning "the result of a request with your own object is unknown";
    MADE_BY_EGRESSC = "EGR0604" "made-by-egressc" Note "the input contains an object that was made by egressc";
    OPENS_OTHER_HOSTS = "EGR0605" "opens-other-hosts" Warning "your own objects allow requests to hosts that no policy declares";
    PAST_SIDECARS = "EGR0606" "past-sidecars" Warning "workloads without a sidecar reach every host, whatever the policies allow";
    NOT_AS_WRITTEN = "EGR0607" "not-as-written" Warning "an object is marked as made by egressc, and was changed by hand or copied";
    WEAKENS = "EGR0608" "weakens" Warning "your own object weakens a declared flow";
    TOO_MANY_CLASSES = "EGR0609" "too-many-classes" Error "your own objects distinguish more kinds of requests than egressc evaluates";
    HTTP_FIELDS_ON_TCP = "EGR0611" "http-fields-on-tcp" Warning "an authorization rule about HTTP also applies to TLS or TCP";
    HOST_WITHOUT_PORT = "EGR0612" "host-without-port" Warning "a DENY rule does not match requests with a port in Host";
    SELECTS_NO_GATEWAY = "EGR0613" "selects-no-gateway" Warning "an AuthorizationPolicy does not select the gateway";
    SERVICE_PORT_IN_RULE = "EGR0614" "service-port-in-rule" Warning "an authorization rule names the Service's port";
    REFUSED_BY_ISTIO = "EGR0615" "refused-by-istio" Warning "an object is refused by Istio, and is left out";
    REFUSED_BY_ENVOY = "EGR0616" "refused-by-envoy" Warning "a route is refused by Envoy, and with it all routes of its port";
    FIELD_NOT_OF_ISTIO = "EGR0617" "field-not-of-istio" Warning "a field is not known to Istio, and has no effect";
    LEADS_ELSEWHERE = "EGR0621" "leads-elsewhere" Error "a gateway's Service does not reach the listeners that the policies need";
    MAY_LEAD_ELSEWHERE = "EGR0622" "may-lead-elsewhere" Warning "it is unknown whether a gateway's Service reaches the listeners that the policies need";
    GATEWAY_MAY_NOT_RUN = "EGR0623" "gateway-may-not-run" Warning "the pods behind a gateway's Service may run no gateway";

    // 07: Istio objects that people wrote by hand, with or without policies
    VIRTUAL_SERVICE_UNUSED = "EGR0701" "virtual-service-unused" Warning "no request uses a VirtualService";
    ROUTE_UNREACHABLE = "EGR0702" "route-unreachable" Warning "no request reaches a route";
    LEADS_NOWHERE = "EGR0703" "leads-nowhere" Warning "a route leads to no destination";
    DESTINATION_RULE_UNUSED = "EGR0704" "destination-rule-unused" Warning "no connection uses a DestinationRule";
    TLS_IN_TLS = "EGR0705" "tls-in-tls" Warning "a DestinationRule begins TLS with a port on which clients begin it, too";
    CERTIFICATE_NOT_VERIFIED = "EGR0706" "certificate-not-verified" Warning "TLS to a host does not verify who answers";
    PLAIN_TEXT_TO_443 = "EGR0707" "plain-text-to-443" Warning "plain HTTP goes to port 443 of a host";
    ANOTHER_HOST = "EGR0708" "another-host" Warning "a request for a host arrives at another host";
    ENTRY_UNUSED = "EGR0709" "entry-unused" Warning "no request uses a ServiceEntry";
    PAST_THE_GATEWAY = "EGR0710" "past-the-gateway" Warning "some clients reach a host past the gateway to which others are sent";
    SERVER_UNUSED = "EGR0711" "server-unused" Warning "no request for a host crosses the Gateway that has a server for it";
    RIVAL_ENTRIES = "EGR0712" "rival-entries" Warning "several ServiceEntries are for one host, and differ";
    CALLER_CHOOSES_ADDRESS = "EGR0713" "caller-chooses-address" Warning "whoever says a name reaches any address";
    REFUSED_AT_GATEWAY = "EGR0714" "refused-at-gateway" Warning "a gateway refuses what a route sends to it";
    RIVAL_VIRTUAL_SERVICES = "EGR0715" "rival-virtual-services" Warning "several VirtualServices are for one host, and only the oldest counts";
    VISIBLE_EVERYWHERE = "EGR0716" "visible-everywhere" Note "ServiceEntries without exportTo may be used by every namespace";
    LABELS_DROPPED = "EGR0718" "labels-dropped" Warning "the labels of a match are ignored";
    NOT_ALL_ASKED = "EGR0719" "not-all-asked" Note "your own objects are checked only in part";
    REFUSED_BY_POLICY = "EGR0720" "refused-by-policy" Warning "an AuthorizationPolicy refuses all that a route sends to a gateway";
    SELECTS_NO_WORKLOAD = "EGR0721" "selects-no-workload" Note "a selector selects none of the workloads that are given";
    RIVAL_SIDECARS = "EGR0722" "rival-sidecars" Warning "several Sidecars are for one workload, and only the oldest counts";
    SERVER_SPEAKS_FIRST = "EGR0723" "server-speaks-first" Warning "the protocol of a port waits for the client, and the client waits for the server";
    IDENTITY_LEAKS = "EGR0724" "identity-leaks" Warning "a gateway sends the caller's identity to an external host";
    EXTERNAL_NAME = "EGR0725" "external-name" Warning "a Service of type `ExternalName` leads nowhere, or past the gateway";
    UNKNOWN_HOSTS_OPEN = "EGR0726" "unknown-hosts-open" Note "sidecars let requests out to hosts that nothing declares";
    GATEWAY_NOT_ENFORCED = "EGR0727" "gateway-not-enforced" Note "workloads without a sidecar go past the egress gateway";
    RIVAL_GATEWAYS = "EGR0728" "rival-gateways" Warning "several Gateways have servers for one connection, and only the oldest counts";
    SIDECAR_IN_AMBIENT = "EGR0729" "sidecar-in-ambient" Warning "a Sidecar has no effect on workloads in ambient mode";
    ENDPOINT_OUTSIDE = "EGR0730" "endpoint-outside" Warning "a Service of the cluster has an address outside of it, past the egress gateway";

    // 08: what check shows and hides
    TWO_CONFIGURATIONS = "EGR0801" "two-configurations" Error "the input contains two CheckConfigurations";
    BAD_CODE = "EGR0802" "bad-code" Error "a CheckConfiguration names a code that is unknown or cannot be hidden";
    SUPPRESSION_NOT_FOLLOWED = "EGR0803" "suppression-not-followed" Warning "a suppression is not followed";
    SUPPRESSION_EXPIRED = "EGR0804" "suppression-expired" Warning "a suppression has ended";
    SUPPRESSION_UNUSED = "EGR0805" "suppression-unused" Warning "a suppression hides nothing";
}

/// The rule with this id or slug, in any case.
pub fn find(name: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.id.eq_ignore_ascii_case(name) || code.slug.eq_ignore_ascii_case(name))
}
