package main

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"istio.io/istio/pilot/pkg/features"

	"egressc.dev/tests/mesh/istiod/early"
)

func TestMain(m *testing.M) {
	if err := quietIstio(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// request is the mesh of testdata with a selected pod, an unselected one, one
// of another namespace, and the gateway.
func request(t testing.TB) *Request {
	return &Request{
		Config:     read(t, "policy.yaml"),
		Kubernetes: read(t, "cluster.yaml"),
		Mesh:       json.RawMessage(`{"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}}`),
		Proxies: []ProxySpec{
			{Name: "sleep-a", Namespace: "mytest", Labels: map[string]string{"app": "sleep-a"}},
			{Name: "nginx", Namespace: "mytest", Labels: map[string]string{"app": "nginx"}},
			{Name: "stranger", Namespace: "other", Labels: map[string]string{"app": "sleep-a"}},
			{Name: "gw", Namespace: "istio-system", Type: "router", Labels: map[string]string{"istio": "egressgateway-a"}, ServiceAccount: "gw", IP: "10.77.0.20"},
		},
	}
}

func answered(t testing.TB, r *Request) *Answer {
	t.Helper()
	a := answer(r)
	if a.Error != "" {
		t.Fatal(a.Error)
	}
	return a
}

func TestEarlyComesBeforeIstio(t *testing.T) {
	if features.MetadataExchange || features.ALPNFilter || !features.DisableMxALPN {
		t.Error("Istio read its flags before package early set them")
	}
	if early.Answers == os.Stdout {
		t.Error("standard output is still open to everyone")
	}
}

func TestCapturesFollowLabelsAndAnnotations(t *testing.T) {
	r := &Request{
		Op: "captures",
		Kubernetes: `
apiVersion: v1
kind: Namespace
metadata: {name: injected, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: ambient, labels: {istio.io/dataplane-mode: ambient}}
`,
		Proxies: []ProxySpec{
			{Name: "usual", Namespace: "injected"},
			{Name: "refuses", Namespace: "injected", Labels: map[string]string{"sidecar.istio.io/inject": "false"}},
			{Name: "unredirected", Namespace: "injected", Annotations: map[string]string{"sidecar.istio.io/interceptionMode": "NONE"}},
			{Name: "usual", Namespace: "ambient"},
			{Name: "refuses", Namespace: "ambient", Labels: map[string]string{"istio.io/dataplane-mode": "none"}},
			{Name: "usual", Namespace: "plain"},
			{Name: "asks", Namespace: "plain", Labels: map[string]string{"sidecar.istio.io/inject": "true"}},
		},
	}
	want := map[string]string{
		"injected/usual": "sidecar with rules", "injected/refuses": "none", "injected/unredirected": "sidecar",
		"ambient/usual": "ambient", "ambient/refuses": "none", "plain/usual": "none", "plain/asks": "sidecar with rules",
	}
	for pod, capture := range answered(t, r).Captures {
		got := capture.Plane
		if capture.Rules != "" {
			got += " with rules"
		}
		if got != want[pod] {
			t.Errorf("%s: %s, want %s", pod, got, want[pod])
		}
		delete(want, pod)
	}
	if len(want) > 0 {
		t.Errorf("no answer for %v", want)
	}
}

func TestSimulateFollowsACallToItsEnd(t *testing.T) {
	const host = "www.httpbin.org"
	http := func(proxy string) CallSpec { return CallSpec{Proxy: proxy, Port: 80, Protocol: "http", Host: host} }
	tls := func(proxy string) CallSpec {
		return CallSpec{Proxy: proxy, Port: 443, Protocol: "http", TLS: "tls", Host: host}
	}
	for _, c := range []struct {
		name     string
		call     CallSpec
		hops     int
		cluster  string // of the last hop
		endpoint string
		status   uint32
	}{
		{"http", http("mytest/sleep-a"), 2, "outbound|443|https|" + host, host + ":443", 0},
		{"http, label differs", http("mytest/nginx"), 1, "", "", 502},
		{"http, other namespace", http("other/stranger"), 1, "", "", 502},
		{"tls", tls("mytest/sleep-a"), 2, "outbound|443||" + host, host + ":443", 0},
		{"tls, label differs", tls("mytest/nginx"), 1, "outbound|443||" + host, "", 0},
		{"tls, other namespace", tls("other/stranger"), 1, "BlackHoleCluster", "", 0},
		{"no sni", CallSpec{Proxy: "mytest/sleep-a", Port: 443, Protocol: "http", TLS: "tls", Host: host, Sni: "-"}, 1, "BlackHoleCluster", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(t)
			r.Op, r.Calls = "simulate", []CallSpec{c.call}
			hops := answered(t, r).Results[0].Hops
			last := hops[len(hops)-1]
			endpoint := ""
			if last.Upstream != nil && len(last.Upstream.Endpoints) > 0 {
				endpoint = last.Upstream.Endpoints[0]
			}
			if len(hops) != c.hops || last.Cluster != c.cluster || endpoint != c.endpoint || last.Status != c.status {
				t.Errorf("%d hops, the last: %+v", len(hops), last)
			}
			if len(hops) == 2 && (!hops[0].Upstream.TLS.Mutual || !strings.HasSuffix(hops[0].Upstream.TLS.Sni, ".egressc.internal")) {
				t.Errorf("not our mutual TLS to the gateway: %+v", hops[0].Upstream.TLS)
			}
		})
	}
}

func TestConfigIsForAPlainEnvoy(t *testing.T) {
	a := answered(t, request(t))
	for key, p := range a.Proxies {
		if len(p.Problems) > 0 {
			t.Errorf("%s: %v", key, p.Problems)
		}
	}
	text, err := json.Marshal(a.Proxies)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"istio.alpn", "istio.stats", "metadata_exchange", "peer_metadata"} {
		if bytes.Contains(text, []byte(word)) {
			t.Errorf("%s is in the configuration", word)
		}
	}
	if !bytes.Contains(text, []byte(`{"name":"0.0.0.0_8080"`)) {
		t.Error("the gateway does not listen on its Service's target port")
	}
}

func TestSameRequestSameAnswer(t *testing.T) {
	first, err := json.Marshal(answered(t, request(t)).Proxies)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := json.Marshal(answered(t, request(t)).Proxies)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Fatal("two answers to the same request differ")
		}
	}
}

func TestProblemsSeeOverlappingServerNames(t *testing.T) {
	r := request(t)
	r.Config += `
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: users, namespace: istio-system}
spec:
  selector: {istio: egressgateway-a}
  servers:
  - {port: {number: 80, name: https, protocol: HTTPS}, tls: {mode: ISTIO_MUTUAL}, hosts: [www.httpbin.org]}
`
	problems := answered(t, r).Proxies["istio-system/gw"].Problems
	if len(problems) != 1 || !strings.Contains(problems[0], "both match server name www.httpbin.org") {
		t.Errorf("%q", problems)
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"clean", "", "", ""},
		{"unknown field", "location: MESH_EXTERNAL", "location: MESH_EXTERNAL\n  nonsense: 1", "schema error"},
		{"bad enum", "resolution: STATIC", "resolution: STATIK", "validate error"},
		{"webhook", "status: 502", "status: 9999", "validate error"},
		{"reference", "istio: egressgateway-a", "istio: nobody", "analyze error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(t)
			r.Op = "validate"
			r.Config = strings.Replace(r.Config, c.from, c.to, 1)
			var got []string
			for _, f := range answered(t, r).Findings {
				got = append(got, f.Source+" "+f.Severity)
			}
			if c.want == "" && len(got) > 0 || c.want != "" && !slices.Contains(got, c.want) {
				t.Errorf("want %q, got %q", c.want, got)
			}
		})
	}
}

func TestServeAnswersEveryLine(t *testing.T) {
	in := strings.Join([]string{
		`{"id": "a", "nonsense": 1}`, `not json`, ``,
		`{"id": "b", "config": "kind: x"}`,
		`{"id": "c", "config": "", "op": "simulate", "calls": [{"proxy": "a/b", "protocol": "http", "port": 80}]}`,
		`{"id": "d", "config": ""}`,
	}, "\n")
	var out bytes.Buffer
	if err := serve(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	var errors []string
	decoder := json.NewDecoder(&out)
	for decoder.More() {
		var a Answer
		if err := decoder.Decode(&a); err != nil {
			t.Fatal(err)
		}
		errors = append(errors, a.ID+": "+a.Error)
	}
	want := []string{
		`: request: json: unknown field "nonsense"`,
		`: request: invalid character 'o' in literal null (expecting 'u')`,
		`b: config: document 1: apiVersion, kind and metadata.name are needed`,
		`c: call 0: there is no proxy "a/b"`,
		`d: `,
	}
	if !slices.Equal(errors, want) {
		t.Errorf("%q", errors)
	}
}

func BenchmarkSimulate(b *testing.B) {
	r := request(b)
	r.Op = "simulate"
	for range 25 {
		for _, proxy := range []string{"mytest/sleep-a", "mytest/nginx"} {
			r.Calls = append(r.Calls, CallSpec{Proxy: proxy, Port: 80, Protocol: "http", Host: "www.httpbin.org"})
		}
	}
	for b.Loop() {
		answered(b, r)
	}
}
