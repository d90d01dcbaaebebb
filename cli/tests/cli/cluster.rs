//! A cluster, which `kubectl` reads: a script on the search path answers as `kubectl` does.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const KUBECTL: &str = r#"#!/bin/sh
echo "$@" >> "$LOG"
case "$1 $2" in
"api-resources "*) cat "$ANSWERS/api-resources" ;;
get*) if [ -f "$ANSWERS/$2" ]; then cat "$ANSWERS/$2"; echo; else
  echo "Error from server (Forbidden): $2 is forbidden" >&2; exit 1; fi ;;
*) exit 2 ;;
esac
"#;

const SERVED: &str =
    "configmaps\nnamespaces\nservices\nsecrets\npods\ndeployments.apps\nserviceentries.networking.istio.io\n";
const SERVICES: &str = r#"{"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": [
  {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "istio-egressgateway", "namespace": "istio-egress", "uid": "1"},
   "spec": {"clusterIP": "10.96.0.9", "selector": {"app": "istio-egressgateway", "istio": "egressgateway"},
     "ports": [{"name": "http2", "port": 80, "protocol": "TCP", "targetPort": 8080}, {"name": "https", "port": 443, "protocol": "TCP", "targetPort": 8443}]},
   "status": {"loadBalancer": {}}},
  {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop", "namespace": "shop"},
   "spec": {"clusterIP": "10.96.0.10", "selector": {"app": "shop"}, "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}]}}]}"#;
const NAMESPACES: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"istio-injection": "enabled", "kubernetes.io/metadata.name": "shop"}}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}},
  {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "labels": {"kubernetes.io/metadata.name": "kube-system"}}}]}"#;
const CONFIG_MAPS: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", "namespace": "istio-system"}, "data": {"mesh": "outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n"}},
  {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kube-root-ca.crt", "namespace": "istio-system"}, "data": {"ca.crt": "x"}}]}"#;
const ENTRIES: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry", "metadata": {"name": "api", "namespace": "shop"},
   "spec": {"hosts": ["api.example.com"], "ports": [{"number": 443, "name": "tls", "protocol": "TLS"}], "resolution": "DNS"}}]}"#;
const EMPTY: &str = r#"{"apiVersion": "v1", "kind": "List", "items": []}"#;

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bench = Self { folder };
        bench.write("kubectl", KUBECTL);
        fs::set_permissions(bench.path("kubectl"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(bench.path("answers")).unwrap();
        for (name, text) in [
            ("api-resources", SERVED),
            ("services", SERVICES),
            ("namespaces", NAMESPACES),
            ("configmaps", CONFIG_MAPS),
            ("deployments.apps", EMPTY),
            ("serviceentries.networking.istio.io", ENTRIES),
        ] {
            bench.write(&format!("answers/{name}"), text);
        }
        symlink(env!("CARGO_BIN_EXE_egressc"), bench.path("kubectl-egress")).unwrap();
        bench
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn start(&self, program: &str, args: &[&str]) -> Output {
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(program);
        command.args(args).env("PATH", path).env("LOG", self.path("log")).env("ANSWERS", self.path("answers"));
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).output().unwrap()
    }

    fn egressc(&self, args: &[&str]) -> Output {
        self.start(env!("CARGO_BIN_EXE_egressc"), args)
    }

    fn plugin(&self, args: &[&str]) -> Output {
        self.start(&self.path("kubectl-egress"), args)
    }

    fn asked(&self) -> Vec<String> {
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn the_plugin_reads_the_cluster() {
    let bench = Bench::new();
    let reach = bench.plugin(&["reach", "--format", "csv"]);
    assert_eq!(reach.status.code(), Some(0), "{}", err(&reach));
    assert!(out(&reach).contains("api.example.com"), "{}", out(&reach));
    assert_eq!(
        bench.asked(),
        [
            "api-resources --verbs=list --output=name",
            "get services --all-namespaces --output=json",
            "get namespaces --all-namespaces --output=json",
            "get deployments.apps --all-namespaces --output=json",
            "get serviceentries.networking.istio.io --all-namespaces --output=json",
            "get configmaps --namespace=istio-system --output=json",
        ]
    );
    // The ConfigMaps of others are nobody's business.
    assert!(!err(&reach).contains("ConfigMap"), "{}", err(&reach));
    let check = bench.plugin(&["check"]);
    assert!(out(&check).contains("<cluster>/serviceentries.networking.istio.io"), "{}", out(&check));
    // With a path it reads what is there, as under its own name.
    let check = bench.plugin(&["check", "examples/combined"]);
    assert_eq!(out(&check), "ok: 4 destinations in 2 sources\n");
    let help = bench.plugin(&["--help"]);
    assert!(out(&help).contains("Usage: kubectl egress "), "{}", out(&help));
}

#[test]
fn a_cluster_can_be_added_to_files() {
    let bench = Bench::new();
    let both =
        ["check", "--live", "--context", "prod", "--istio-namespace", "istio-17", "examples/combined/policy.yaml"];
    let both = bench.egressc(&both);
    assert!(err(&both).contains("note: 5 kinds read from the cluster\n"), "{}", err(&both));
    let asked = bench.asked();
    assert!(asked.iter().all(|line| line.ends_with(" --context=prod")), "{asked:?}");
    assert!(
        asked.contains(&"get configmaps --namespace=istio-17 --output=json --context=prod".to_owned()),
        "{asked:?}"
    );
    let fix = bench.egressc(&["check", "--live", "--fix"]);
    assert!(!err(&fix).contains("wrote"), "{}", err(&fix));
}

#[test]
fn nothing_is_taken_as_absent_that_could_not_be_read() {
    let bench = Bench::new();
    fs::remove_file(bench.path("answers/services")).unwrap();
    let reach = bench.plugin(&["reach"]);
    assert_eq!(reach.status.code(), Some(2));
    assert_eq!(out(&reach), "");
    assert!(err(&reach).contains("services is forbidden"), "{}", err(&reach));
    assert!(
        err(&reach).contains("error: kubectl get services --all-namespaces --output=json: it failed"),
        "{}",
        err(&reach)
    );
    let dump = bench.start("sh", &["-c", &format!("{} dump | sh", env!("CARGO_BIN_EXE_egressc"))]);
    assert_ne!(dump.status.code(), Some(0));
    let nowhere =
        Command::new(env!("CARGO_BIN_EXE_egressc")).args(["reach", "--live"]).env("PATH", "").output().unwrap();
    assert!(err(&nowhere).contains("kubectl cannot be started: "), "{}", err(&nowhere));
}

#[test]
fn the_script_of_dump_asks_for_the_same_and_init_describes_it() {
    let bench = Bench::new();
    bench.plugin(&["reach"]);
    let live: Vec<String> = bench.asked().into_iter().map(|line| line.replace("json", "yaml")).collect();
    fs::remove_file(bench.path("log")).unwrap();
    let script = format!("{0} dump | sh | {0} init -", env!("CARGO_BIN_EXE_egressc"));
    let init = bench.start("sh", &["-c", &script]);
    assert_eq!(bench.asked(), live);
    let expected = "\
---
apiVersion: egressc.dev/v1alpha1
kind: MeshEnvironment
metadata:
  name: mesh
spec:
  dnsCapture: false
  gateways:
  - name: egressgateway
    namespace: istio-egress
    ports:
    - class: http
      port: 80
      targetPort: 8080
    - class: tls
      port: 443
      targetPort: 8443
    service: istio-egressgateway
  namespaces:
  - injection: false
    name: kube-system
  - injection: true
    name: shop
  outboundTrafficPolicy: REGISTRY_ONLY
";
    assert_eq!(out(&init), expected, "{}", err(&init));
    assert_eq!(out(&bench.plugin(&["init"])), expected);
    // What it writes is taken as it is.
    bench.write("mesh.yaml", expected);
    let policy = "apiVersion: egressc.dev/v1alpha1\nkind: EgressPolicy\nmetadata: {name: egress-by-egressgateway, namespace: istio-egress}\nspec:\n  byEgressGateway: {name: egressgateway}\n  egressRules:\n  - from: [{namespace: shop}]\n    to: [{hosts: [a.example], port: {number: 80, protocol: HTTP}}]\n";
    bench.write("policy.yaml", policy);
    let checked = bench.egressc(&["check", &bench.path("mesh.yaml"), &bench.path("policy.yaml")]);
    // What is open in the cluster is said, and nothing else.
    assert!(out(&checked).starts_with("warning[EGR0606]: "), "{}", out(&checked));
    assert!(out(&checked).ends_with("\nok: 1 destination in 2 sources, 1 warning\n"), "{}", out(&checked));
}
