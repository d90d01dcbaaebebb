package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"

	istiolabel "istio.io/api/label"
	kubelib "istio.io/istio/pkg/kube"
)

// kubernetesObjects is the cluster that istiod sees: the given objects, plus
// what a cluster would have made of them: a pod per proxy, and the
// EndpointSlices of every Service with a selector.
func kubernetesObjects(given []object, proxies []ProxySpec) ([]runtime.Object, error) {
	var objects []runtime.Object
	decode := kubelib.IstioCodec.UniversalDeserializer().Decode
	for _, o := range given {
		decoded, _, err := decode([]byte(o.text), nil, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o, err)
		}
		objects = append(objects, decoded)
	}

	var pods []*corev1.Pod
	var services []*corev1.Service
	podOf := map[string]*corev1.Pod{}
	sliced := map[string]bool{}
	for _, o := range objects {
		switch o := o.(type) {
		case *corev1.Pod:
			pods = append(pods, o)
			podOf[o.Namespace+"/"+o.Name] = o
		case *corev1.Service:
			setDefaults(o)
			services = append(services, o)
		case *discoveryv1.EndpointSlice:
			sliced[o.Namespace+"/"+o.Labels[discoveryv1.LabelServiceName]] = true
		case *corev1.Endpoints: //nolint:staticcheck // people still write them
			return nil, fmt.Errorf("Endpoints/%s/%s: give an EndpointSlice, istiod no longer reads Endpoints", o.Namespace, o.Name)
		}
	}
	for _, p := range proxies {
		pod := podOf[p.Key()]
		if pod == nil {
			pod = podFor(p)
			pods = append(pods, pod)
			objects = append(objects, pod)
		}
		// The proxy is what the request is about: it wins.
		pod.Status.PodIP = p.IP
		pod.Status.PodIPs = []corev1.PodIP{{IP: p.IP}}
	}
	for _, service := range services {
		if len(service.Spec.Selector) == 0 || sliced[service.Namespace+"/"+service.Name] {
			continue
		}
		for _, slice := range endpointSlices(service, pods) {
			objects = append(objects, slice)
		}
	}
	return objects, nil
}

// setDefaults does what the API server does to a Service, as far as Istio
// looks at it.
func setDefaults(service *corev1.Service) {
	for i := range service.Spec.Ports {
		port := &service.Spec.Ports[i]
		if port.Protocol == "" {
			port.Protocol = corev1.ProtocolTCP
		}
		if port.TargetPort == (intstr.IntOrString{}) {
			port.TargetPort = intstr.FromInt32(port.Port)
		}
	}
}

func podFor(p ProxySpec) *corev1.Pod {
	podLabels := map[string]string{}
	if p.Type != "router" {
		// The sidecar injector sets it; automatic mutual TLS asks for it.
		podLabels[istiolabel.SecurityTlsMode.Name] = "istio"
	}
	for name, value := range p.Labels {
		podLabels[name] = value
	}
	return &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: p.Name, Namespace: p.Namespace, Labels: podLabels},
		Spec: corev1.PodSpec{
			ServiceAccountName: p.ServiceAccount,
			Containers:         []corev1.Container{{Name: "istio-proxy", Image: "istio-proxy"}},
		},
		Status: corev1.PodStatus{
			Phase:      corev1.PodRunning,
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
		},
	}
}

// endpointSlices does the work of Kubernetes' endpoint controller: one slice
// per pod, since a named target port may differ from pod to pod.
func endpointSlices(service *corev1.Service, pods []*corev1.Pod) []*discoveryv1.EndpointSlice {
	selector := labels.SelectorFromSet(service.Spec.Selector)
	var slices []*discoveryv1.EndpointSlice
	for _, pod := range pods {
		if pod.Namespace != service.Namespace || pod.Status.PodIP == "" || !selector.Matches(labels.Set(pod.Labels)) {
			continue
		}
		ready := true
		slice := &discoveryv1.EndpointSlice{
			TypeMeta: metav1.TypeMeta{APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice"},
			ObjectMeta: metav1.ObjectMeta{
				Name:      service.Name + "-" + pod.Name,
				Namespace: service.Namespace,
				Labels:    map[string]string{discoveryv1.LabelServiceName: service.Name},
			},
			AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints: []discoveryv1.Endpoint{{
				Addresses:  []string{pod.Status.PodIP},
				Conditions: discoveryv1.EndpointConditions{Ready: &ready},
				TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name},
			}},
		}
		for _, port := range service.Spec.Ports {
			number, found := targetPort(port, pod)
			if !found {
				continue
			}
			name, protocol := port.Name, port.Protocol
			slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{Name: &name, Port: &number, Protocol: &protocol})
		}
		slices = append(slices, slice)
	}
	return slices
}

// targetPort is the port of the pod behind a Service's port.
func targetPort(port corev1.ServicePort, pod *corev1.Pod) (int32, bool) {
	if port.TargetPort.Type == intstr.Int {
		return port.TargetPort.IntVal, true
	}
	for _, container := range pod.Spec.Containers {
		for _, p := range container.Ports {
			if p.Name == port.TargetPort.StrVal {
				return p.ContainerPort, true
			}
		}
	}
	return 0, false
}

// kindOf names the type of a decoded object, which the codec leaves out.
func kindOf(o runtime.Object) schema.GroupVersionKind {
	kinds, _, err := kubelib.IstioScheme.ObjectKinds(o)
	if err != nil || len(kinds) == 0 {
		return o.GetObjectKind().GroupVersionKind()
	}
	return kinds[0]
}
