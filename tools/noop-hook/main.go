// A webhook that does nothing but decode the review and allow it: what any webhook costs, to compare ours with (row M7).
//
// It listens where the first argument says, with the certificate and key of the next two, and prints "ready" when it
// does. `/validate` allows; `/mutate` allows and sets one label, as the cheapest mutation does.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
)

type review struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Request    *request  `json:"request,omitempty"`
	Response   *response `json:"response,omitempty"`
}

type request struct {
	UID    string         `json:"uid"`
	Object map[string]any `json:"object"`
}

type response struct {
	UID       string  `json:"uid"`
	Allowed   bool    `json:"allowed"`
	Patch     []byte  `json:"patch,omitempty"`
	PatchType *string `json:"patchType,omitempty"`
}

func answer(patch string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in review
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Request == nil {
			http.Error(w, "not a review", http.StatusBadRequest)
			return
		}
		out := review{APIVersion: in.APIVersion, Kind: in.Kind, Response: &response{UID: in.Request.UID, Allowed: true}}
		if patch != "" {
			kind := "JSONPatch"
			out.Response.Patch, out.Response.PatchType = []byte(patch), &kind
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(out); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: noop-hook ADDRESS CERTIFICATE KEY")
		os.Exit(2)
	}
	http.HandleFunc("/validate", answer(""))
	http.HandleFunc("/mutate", answer(`[{"op":"add","path":"/metadata/labels","value":{"noop":"hook"}}]`))
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ready")
	fmt.Fprintln(os.Stderr, http.ServeTLS(listener, nil, os.Args[2], os.Args[3]))
	os.Exit(1)
}
