package platlint.catalog.catalog_reference_test

import data.platlint.catalog.catalog_reference as rule

# noted is the input with one note of a code.
noted(code, note) := {
	"review": {"kind": {"group": "backstage.io", "version": "v1alpha1", "kind": "Component"}, "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "system"], "field": "system"}, note)]}, "unknown": {}},
}

# said are the messages about one note.
said(code, note) := messages if {
	found := rule.deny with input as noted(code, note)
	messages := {f.msg | some f in found; f.path == ["spec", "system"]}
}

test_says_nothing_of_nothing if {
	found := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	found == set()
	said("dangling-owner", {"ref": "group:default/a", "value": "a"}) == set()
}

test_tells_what_does_not_exist if {
	note := {"ref": "system:default/shpo", "value": "shpo", "kind": "system"}
	said("dangling-reference", note) == {"system names \"system:default/shpo\", which is not in the catalog"}
	meant := object.union(note, {"suggestion": "shop"})
	said("dangling-reference", meant) == {"system names \"system:default/shpo\", which is not in the catalog; did you mean \"shop\"?"}
}

test_tells_wrong_kinds if {
	note := {"ref": "component:default/a", "value": "component:a", "kind": "component", "allowed": ["System"]}
	said("wrong-kind-reference", note) == {"system names \"component:a\", but its kind must be System"}
}

test_tells_what_is_no_reference if {
	empty := said("malformed-reference", {"problem": "empty-name", "value": "a:"})
	empty == {"system is \"a:\", which is no entity reference: its name is empty"}
	none := said("malformed-reference", {"problem": "no-kind", "value": "db", "suggestion": "resource:db"})
	none == {"system names \"db\" without its kind, such as component: or resource:; did you mean \"resource:db\"?"}
	name := said("malformed-reference", {"problem": "name", "value": "My Shop"})
	name == {"system is \"My Shop\", but no entity can have such a name"}
}
