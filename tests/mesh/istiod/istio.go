package main

import (
	"os"
	"runtime/debug"

	istiolog "istio.io/istio/pkg/log"
)

const istioModule = "istio.io/istio"

// istioVersion is the pinned version of Istio's module.
func istioVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == istioModule {
				return module.Version
			}
		}
	}
	return "unknown"
}

// quietIstio turns off Istio's log: its test server is chatty, and what it
// says matters only when something here is being debugged, with ISTIOD_LOG
// set to warn, info or debug.
func quietIstio() error {
	levels := map[string]istiolog.Level{"warn": istiolog.WarnLevel, "info": istiolog.InfoLevel, "debug": istiolog.DebugLevel}
	options := istiolog.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	options.SetDefaultOutputLevel(istiolog.OverrideScopeName, levels[os.Getenv("ISTIOD_LOG")])
	return istiolog.Configure(options)
}
