// Command istiod answers questions about Istio objects with Istio's own code:
// which configuration every proxy would get, where a request would go, and
// what Istio's validation and analysis say. No cluster and no network.
//
//	istiod serve                     one JSON request per line in, one JSON answer per line out
//	istiod validate [flags] [FILE]   YAML in, one finding per line out
//	istiod refuses                   one object per line in, what is refused of it per line out
//	istiod analyze FOLDER...         what istioctl analyze finds in each YAML file, one finding per line out
//
// The requests are described in request.go, the answers in answer.go.
package main

import (
	"fmt"
	"io"
	"os"

	"egressc.dev/tests/mesh/istiod/early"
)

const usage = `usage: istiod serve
       istiod validate [-mesh FILE] [-context FILE]... [FILE]...
       istiod refuses
       istiod analyze FOLDER...
       istiod version
`

func main() {
	if err := quietIstio(); err != nil {
		fmt.Fprintln(os.Stderr, "istiod:", err)
		os.Exit(2)
	}
	os.Exit(run(os.Args[1:], os.Stdin, early.Answers))
}

func run(args []string, in io.Reader, out io.Writer) int {
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	var err error
	code := 0
	switch command {
	case "serve":
		err = serve(in, out)
	case "validate":
		code, err = validateCommand(args[1:], in, out)
	case "refuses":
		err = refuses(in, out)
	case "analyze":
		err = analyzeFolders(args[1:], out)
	case "version":
		fmt.Fprintln(out, istioVersion())
	default:
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "istiod:", err)
		return 2
	}
	return code
}
