// http-limit shows what HTTP costs on this machine: a server that always gives the same answer,
// and a generator of load that costs little beside the servers that it measures.
//
//	http-limit serve BODY                                prints its address, answers until killed
//	http-limit load ADDRESS PATHS CONNECTIONS SECONDS    prints one JSON object
//
// BODY and PATHS are files; PATHS holds one path a line, asked for in turn.
package main

import (
	"fmt"
	"os"
	"runtime"
)

func main() {
	arguments := os.Args[1:]
	var err error
	switch {
	case len(arguments) == 2 && arguments[0] == "serve":
		err = serve(arguments[1])
	case len(arguments) == 5 && arguments[0] == "load":
		runtime.GOMAXPROCS(1) // the rest of the machine belongs to the server
		err = load(arguments[1], arguments[2], arguments[3], arguments[4])
	default:
		err = fmt.Errorf("usage: http-limit serve BODY | load ADDRESS PATHS CONNECTIONS SECONDS")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
