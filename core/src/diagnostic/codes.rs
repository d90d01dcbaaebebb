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
    INTERNAL = "EGR0001" "internal" Error "egressc contradicts itself; this is a bug in egressc";
    TOO_MANY_DIAGNOSTICS = "EGR0002" "too-many-diagnostics" Note "not every diagnostic is shown";
    TOO_MANY_FLOWS = "EGR0003" "too-many-flows" Error "the policies declare too many flows";

    // 01: parse
    SYNTAX = "EGR0101" "syntax" Error "the text is not YAML or JSON";
    DUPLICATE_KEY = "EGR0102" "duplicate-key" Error "a key stands twice in one map";
    SOURCE_TOO_LARGE = "EGR0103" "source-too-large" Error "a source, or all of them together, is too large";
    TOO_DEEP = "EGR0104" "too-deep" Error "lists and maps are nested too deeply";
    TOO_MANY_DOCUMENTS = "EGR0105" "too-many-documents" Error "a source holds too many documents";
    ALIAS_EXPANSION = "EGR0106" "alias-expansion" Error "aliases expand to too much";
    NOT_TEXT = "EGR0107" "not-text" Error "the source is not UTF-8 text";
    BAD_KEY = "EGR0108" "bad-key" Error "a key is a list, a map or nothing";
    BAD_MERGE = "EGR0109" "bad-merge" Error "a merge key does not merge a map";
    BAD_TAG = "EGR0110" "bad-tag" Error "a tag is unknown, or does not fit its value";
    BAD_ALIAS = "EGR0111" "bad-alias" Error "an alias stands for nothing, or for what it lies in";
    TOO_MANY_NODES = "EGR0112" "too-many-nodes" Error "the sources hold too many keys and values";

    // 02: decode
    NOT_AN_OBJECT = "EGR0201" "not-an-object" Error "a document is not a Kubernetes object";
    UNKNOWN_FIELD = "EGR0202" "unknown-field" Error "a field is not known";
    WRONG_TYPE = "EGR0203" "wrong-type" Error "a value is of the wrong type";
    MISSING_FIELD = "EGR0204" "missing-field" Error "a required field is missing";
    OUT_OF_RANGE = "EGR0205" "out-of-range" Error "a number is out of range";
    UNKNOWN_VERSION = "EGR0206" "unknown-version" Error "an API version is not known";
    UNKNOWN_KIND = "EGR0207" "unknown-kind" Error "a kind is misspelt";
    KIND_NOT_READ = "EGR0208" "kind-not-read" Note "a document is of a kind that is not read";
    SELECTOR_WRAPPER = "EGR0209" "selector-wrapper" Error "a workload selector is wrapped in matchLabels";
    EMPTY_SELECTOR = "EGR0210" "empty-selector" Error "a workload selector selects by no label";
    UNKNOWN_VALUE = "EGR0211" "unknown-value" Error "a value is not one of those that are taken";
    EMPTY_LIST = "EGR0212" "empty-list" Error "a list needs at least one item";
    LIST_TOO_LONG = "EGR0213" "list-too-long" Error "a list has too many items";
    BAD_NAME = "EGR0214" "bad-name" Error "a name or label is not one that Kubernetes takes";
    NO_POLICY = "EGR0215" "no-policy" Error "the input holds no policy";
    BAD_EXPECTATION = "EGR0216" "bad-expectation" Error "an expectation is not a request that can be asked";

    // 03: resolve
    DUPLICATE_POLICY = "EGR0301" "duplicate-policy" Error "two policies have one name and namespace";
    GATEWAY_MISSING = "EGR0302" "gateway-missing" Error "a policy names no gateway";
    UNKNOWN_GATEWAY = "EGR0303" "unknown-gateway" Error "a gateway is not among those described";
    GATEWAY_ASSUMED = "EGR0304" "gateway-assumed" Note "nothing describes a gateway, so the usual one is assumed";
    SEVERAL_SERVICES = "EGR0305" "several-services" Error "several Services could be one gateway";
    FACTS_CONTRADICT = "EGR0306" "facts-contradict" Warning "two documents contradict each other about the mesh";
    OTHER_GATEWAY = "EGR0307" "other-gateway" Error "a rule names another gateway than its policy";
    GATEWAY_PORT_MISSING = "EGR0308" "gateway-port-missing" Error "the gateway does not have the port";
    NO_FITTING_PORT = "EGR0309" "no-fitting-port" Error "the gateway has no port of the right class";
    TWO_ENVIRONMENTS = "EGR0310" "two-environments" Error "two MeshEnvironments are given";
    UPGRADE_NOT_ENABLED = "EGR0311" "upgrade-not-enabled" Warning "httpsUpgrade is written but not enabled";
    LISTED_TWICE = "EGR0312" "listed-twice" Error "a MeshEnvironment lists one thing twice";
    REGISTRY_ONLY_ASSUMED = "EGR0313" "registry-only-assumed" Note "sidecars are assumed to block unknown hosts";
    SETTING_NOT_FOLLOWED = "EGR0314" "setting-not-followed" Warning "a setting of the mesh config is not followed";

    // 04: check
    POLICY_NAME = "EGR0401" "policy-name" Warning "a policy is not called after its gateway";
    POLICY_NAMESPACE = "EGR0402" "policy-namespace" Warning "a policy is not in namespace istio-egress";
    TLS_MODE_LABEL = "EGR0403" "tls-mode-label" Warning "gateway pods lack the mutual TLS label";
    ALLOW_ANY = "EGR0404" "allow-any" Error "sidecars let unknown traffic out";
    CLIENT_BESIDE_GATEWAY = "EGR0405" "client-beside-gateway" Error "clients are in the gateway's namespace";
    BESIDE_GATEWAY = "EGR0406" "beside-gateway" Error "a workload has a sidecar in the gateway's namespace";
    NO_INJECTION = "EGR0407" "no-injection" Warning "a client's namespace gets no sidecars";
    SELECTS_NOTHING = "EGR0408" "selects-nothing" Warning "a workload selector selects no workload";
    UNKNOWN_NAMESPACE = "EGR0409" "unknown-namespace" Warning "a client's namespace is not among those described";
    TARGET_PORT_UNKNOWN = "EGR0410" "target-port-unknown" Warning "the container port behind a gateway port is not known";
    ONE_SERVICE = "EGR0411" "one-service" Error "two gateways are one Service";
    ONE_SET_OF_PODS = "EGR0412" "one-set-of-pods" Error "one selector is for the pods of two gateways";
    HOST_SYNTAX = "EGR0421" "host-syntax" Error "a host is not a full DNS name";
    WILDCARD_HOST = "EGR0422" "wildcard-host" Error "a host is a wildcard";
    IP_HOST = "EGR0423" "ip-host" Error "a host is an address";
    DUPLICATE_HOST = "EGR0424" "duplicate-host" Warning "a host stands twice in one list";
    CLUSTER_HOST = "EGR0425" "cluster-host" Error "a host is inside the cluster";
    RESERVED_HOST = "EGR0426" "reserved-host" Error "a host is under a name that egressc uses itself";
    TWO_PROTOCOLS = "EGR0431" "two-protocols" Error "one host and port is declared with two protocols";
    HTTP_COLLISION = "EGR0432" "http-collision" Error "HTTP for one host would leave one gateway port in two ways";
    TCP_TAKES_PORT = "EGR0433" "tcp-takes-port" Warning "TCP without an address takes its whole port";
    TWO_TCP_HOSTS = "EGR0434" "two-tcp-hosts" Error "two TCP hosts share a port without addresses";
    UPGRADE_NOT_HTTP = "EGR0435" "upgrade-not-http" Error "httpsUpgrade on a port that is not plain HTTP";
    HTTPS_AS_TCP = "EGR0436" "https-as-tcp" Warning "port 443 is declared as TCP";
    TWO_WAYS = "EGR0437" "two-ways" Error "one client would reach one host and port in two ways";
    HTTP_BESIDE_TCP = "EGR0438" "http-beside-tcp" Warning "TCP without an address shares a port with HTTP";
    PORT_OF_ISTIO = "EGR0439" "port-of-istio" Error "a rule is for a port that Istio keeps for itself";

    // 05: prove
    UNSOUND = "EGR0501" "unsound" Error "the compiled resources would admit a request that no rule allows";
    INCOMPLETE = "EGR0502" "incomplete" Error "the compiled resources would not deliver a declared flow";
    UNPROVEN = "EGR0503" "unproven" Error "it cannot be known what the compiled resources do with a request";

    // 06: your own Istio objects
    TAKES_AWAY = "EGR0601" "takes-away" Warning "an object of your own takes a declared flow away";
    LETS_THROUGH = "EGR0602" "lets-through" Error "an object of your own lets a request through that no rule allows";
    UNDECIDED = "EGR0603" "undecided" Warning "it cannot be known what an object of your own does to a request";
    MADE_BY_EGRESSC = "EGR0604" "made-by-egressc" Note "an object that egressc makes or made is among the inputs";
    OPENS_OTHER_HOSTS = "EGR0605" "opens-other-hosts" Warning "objects of your own let requests out to hosts that no policy declares";
    PAST_SIDECARS = "EGR0606" "past-sidecars" Warning "workloads without a sidecar reach every host past the policies";
    NOT_AS_WRITTEN = "EGR0607" "not-as-written" Warning "an object says that egressc made it, and was changed by hand or copied";
    WEAKENS = "EGR0608" "weakens" Warning "an object of your own weakens a declared flow";
    TOO_MANY_CLASSES = "EGR0609" "too-many-classes" Error "your own objects tell more kinds of requests apart than can be asked about";
    HTTP_FIELDS_ON_TCP = "EGR0611" "http-fields-on-tcp" Warning "an authorization rule about HTTP meets TLS or TCP";
    HOST_WITHOUT_PORT = "EGR0612" "host-without-port" Warning "a DENY rule misses requests with a port in Host";
    SELECTS_NO_GATEWAY = "EGR0613" "selects-no-gateway" Warning "an AuthorizationPolicy does not select the gateway";
    SERVICE_PORT_IN_RULE = "EGR0614" "service-port-in-rule" Warning "an authorization rule names the Service's port";
    LEADS_ELSEWHERE = "EGR0621" "leads-elsewhere" Error "a gateway's Service does not lead where the policies need it";
    MAY_LEAD_ELSEWHERE = "EGR0622" "may-lead-elsewhere" Warning "it is not known whether a gateway's Service leads where it should";
}

/// The rule with this id or slug, in any case.
pub fn find(name: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.id.eq_ignore_ascii_case(name) || code.slug.eq_ignore_ascii_case(name))
}
