package platlint.catalog.catalog_unknown_field_test

import data.platlint.catalog.catalog_unknown_field as rule

# noted is the input with one note of a code.
noted(code, note) := {
	"review": {"kind": {"group": "backstage.io", "version": "v1alpha1", "kind": "Component"}, "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"], "field": "spec.a"}, note)]}, "unknown": {}},
}

# said are the messages about one note.
said(note) := messages if {
	found := rule.deny with input as noted("unknown-entity-field", note)
	messages := {f.msg | some f in found; f.path == ["spec", "a"]}
}

test_says_nothing_of_nothing if {
	found := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	found == set()
	other := rule.deny with input as noted("something-else", {"problem": "missing"})
	other == set()
}

test_tells_misspelt_fields if {
	found := said({"problem": "misspelt", "field": "spec.dependOn", "suggestion": "dependsOn"})
	found == {"Backstage knows no field spec.dependOn; did you mean \"dependsOn\"?"}
}

test_tells_fields_of_the_catalog if {
	found := said({"problem": "given", "field": "metadata.uid"})
	found == {"metadata.uid is set by the catalog; in a file it has no meaning"}
}
