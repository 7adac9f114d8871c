package platlint.gitops.application_sync_option_test

import data.platlint.gitops.application_sync_option as rule

noted(code, details) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"]}, details)]}, "unknown": {}},
}

test_says_what_was_noted_as_unknown_sync_option_1 if {
	found := rule.deny with input as noted("unknown-sync-option", {"option": "Purne=true", "suggestion": "Prune=true"})
	found == {{"msg": "\"Purne=true\" is no option of syncing; did you mean \"Prune=true\"?", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_namespace_metadata_without_create_2 if {
	found := rule.deny with input as noted("namespace-metadata-without-create", {})
	found == {{"msg": "managedNamespaceMetadata does nothing without the option CreateNamespace=true", "path": ["spec", "a"]}}
}

test_says_nothing_where_nothing_was_noted if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}
