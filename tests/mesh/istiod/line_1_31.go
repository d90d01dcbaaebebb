//go:build istio_1_31

package main

// proxyVersion is the release that proxies say they are.
const proxyVersion = "1.31.0"
