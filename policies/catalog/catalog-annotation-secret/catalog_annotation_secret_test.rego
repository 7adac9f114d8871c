package platlint.catalog.catalog_annotation_secret_test

import data.platlint.catalog.catalog_annotation_secret as rule

# noted is the input with one note of a code.
noted(code, note) := {
	"review": {"kind": {"group": "backstage.io", "version": "v1alpha1", "kind": "Component"}, "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"], "field": "spec.a"}, note)]}, "unknown": {}},
}

# said are the messages about one note.
said(note) := messages if {
	found := rule.deny with input as noted("secret-in-annotation", note)
	messages := {f.msg | some f in found; f.path == ["spec", "a"]}
}

test_says_nothing_of_nothing if {
	found := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	found == set()
	other := rule.deny with input as noted("something-else", {"problem": "missing"})
	other == set()
}

test_says_what_it_looks_like if {
	found := said({"key": "example.org/token", "what": "a GitHub token", "length": 40})
	found == {"annotation \"example.org/token\" holds what looks like a GitHub token (40 characters)"}
}
