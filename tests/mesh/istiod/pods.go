package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"istio.io/istio/manifests"
	"istio.io/istio/pkg/kube/inject"
	"istio.io/istio/pkg/log"
	istioconfig "istio.io/istio/tools/common/config"
	"istio.io/istio/tools/istio-iptables/pkg/cmd"
)

// The chart of istiod, as it is inside of Istio's module.
const chart = "charts/istio-control/istio-discovery"

// redirects are the iptables rules that a sidecar's pod gets: the injector's
// own code reads the annotations, and istio-iptables' own code writes the
// rules. The text is empty for a pod that gets none.
func redirects(in *inputs) (map[string]string, error) {
	rules := map[string]string{}
	for _, spec := range in.proxies {
		if spec.Type != "sidecar" {
			continue
		}
		pod, err := injected(in, spec)
		if err != nil {
			return nil, fmt.Errorf("proxy %s: %w", spec.Key(), err)
		}
		arguments := initArguments(pod)
		if arguments == nil {
			rules[spec.Key()] = ""
			continue
		}
		if rules[spec.Key()], err = rulesOf(arguments, spec.IP); err != nil {
			return nil, fmt.Errorf("proxy %s: %w", spec.Key(), err)
		}
	}
	return rules, nil
}

// appPod is the pod as its author wrote it.
func appPod(spec ProxySpec) *corev1.Pod {
	return &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: spec.Name, Namespace: spec.Namespace, Labels: spec.Labels, Annotations: spec.Annotations},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "app"}}},
	}
}

// injected is what the injector makes of the pod, which is the same where it
// does not want to inject.
func injected(in *inputs, spec ProxySpec) (*corev1.Pod, error) {
	template, err := manifests.FS.ReadFile(path.Join(chart, "files/injection-template.yaml"))
	if err != nil {
		return nil, err
	}
	templates, err := inject.ParseTemplates(inject.RawTemplates{inject.SidecarTemplateName: string(template)})
	if err != nil {
		return nil, err
	}
	values, err := chartValues()
	if err != nil {
		return nil, err
	}
	out, err := inject.IntoObject(nil, templates, values, "default", in.mesh, appPod(spec), func(string) {})
	if err != nil {
		return nil, err
	}
	pod, ok := out.(*corev1.Pod)
	if !ok {
		return nil, fmt.Errorf("the injector made %T of a pod", out)
	}
	return pod, nil
}

// initArguments are those of the container `istio-init` that the injector adds
// to a pod; nil if it has added none.
func initArguments(pod *corev1.Pod) []string {
	for _, container := range pod.Spec.InitContainers {
		if container.Name == inject.InitContainerName {
			return container.Args[1:]
		}
	}
	return nil
}

// chartValues are the chart's own, in the form that the injector reads.
func chartValues() (inject.ValuesConfig, error) {
	var none inject.ValuesConfig
	text, err := manifests.FS.ReadFile(path.Join(chart, "values.yaml"))
	if err != nil {
		return none, err
	}
	var file map[string]map[string]any
	if err := yaml.Unmarshal(text, &file); err != nil {
		return none, err
	}
	values := file["_internal_defaults_do_not_set"]
	json, err := json.Marshal(map[string]any{"global": values["global"], "pilot": map[string]any{"cni": values["cni"]}, "sidecarInjectorWebhook": values["sidecarInjectorWebhook"]})
	if err != nil {
		return none, err
	}
	return inject.NewValuesConfig(string(json))
}

// rulesOf is what istio-iptables hands to iptables-restore for IPv4: its table
// nat, without the rules for DNS, which has its answers elsewhere here.
func rulesOf(arguments []string, address string) (string, error) {
	istioconfig.LocalIPAddrs = func() ([]net.Addr, error) {
		return []net.Addr{&net.IPNet{IP: net.ParseIP(address), Mask: net.CIDRMask(16, 32)}}, nil
	}
	file, err := os.CreateTemp("", "rules")
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name())
	file.Close()
	os.Setenv("DRY_RUN_FILE_PATH", file.Name())
	defer os.Unsetenv("DRY_RUN_FILE_PATH")
	var kept []string
	for _, argument := range arguments {
		if !strings.HasPrefix(argument, "--log_") && argument != "--redirect-dns" {
			kept = append(kept, argument)
		}
	}
	options := log.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	command := cmd.GetCommand(options)
	command.SetArgs(append(kept, "--dry-run", "--force-apply"))
	if err := command.Execute(); err != nil {
		return "", err
	}
	text, err := os.ReadFile(file.Name())
	if err != nil {
		return "", err
	}
	_, nat, found := strings.Cut(string(text), "* nat\n")
	if !found {
		return "", fmt.Errorf("istio-iptables wrote no table nat: %s", text)
	}
	nat, _, _ = strings.Cut(nat, "COMMIT\n")
	return "*nat\n" + nat + "COMMIT\n", nil
}
