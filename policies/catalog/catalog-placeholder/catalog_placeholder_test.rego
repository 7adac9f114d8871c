package platlint.catalog.catalog_placeholder_test

import data.platlint.catalog.catalog_placeholder as rule

# noted is the input with one note of a code.
noted(code, note) := {
	"review": {"kind": {"group": "backstage.io", "version": "v1alpha1", "kind": "Component"}, "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"], "field": "spec.a"}, note)]}, "unknown": {}},
}

# said are the messages about one note.
said(note) := messages if {
	found := rule.deny with input as noted("missing-placeholder-file", note)
	messages := {f.msg | some f in found; f.path == ["spec", "a"]}
}

test_says_nothing_of_nothing if {
	found := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	found == set()
	other := rule.deny with input as noted("something-else", {"problem": "missing"})
	other == set()
}

test_tells_what_is_missing if {
	said({"problem": "missing", "subject": "$text", "value": "./a.yml"}) == {"the file of $text, \"./a.yml\", does not exist"}
	meant := said({"problem": "missing", "subject": "target", "value": "./a.yml", "suggestion": "./a.yaml"})
	meant == {"the target, \"./a.yml\", does not exist; did you mean \"./a.yaml\"?"}
	said({"problem": "no-text", "subject": "$yaml", "value": ""}) == {"$yaml needs the path or the URL of a file"}
}

test_has_words_for_everything if {
	unsaid := [[subject, problem] |
		some subject in ["$asyncapi", "$json", "$openapi", "$text", "$yaml", "target", "techdocs"]
		some problem in ["missing", "folder", "file", "no-match", "no-mkdocs", "no-docs"]
		count(said({"problem": problem, "subject": subject, "value": "x"})) != 1
	]
	unsaid == []
}
