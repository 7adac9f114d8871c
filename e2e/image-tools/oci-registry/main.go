// A registry in memory with the referrers API switched on, for tests of the two ways in which a signature is found.
//
// It listens on a free port of the loopback interface and prints the address on one line. With a certificate and its key as
// arguments it speaks TLS.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	handler := registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0)))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	if len(os.Args) == 3 {
		log.Fatal(http.ServeTLS(listener, handler, os.Args[1], os.Args[2]))
	}
	log.Fatal(http.Serve(listener, handler))
}
