package platlint.catalog.catalog_annotation_test

import data.platlint.catalog.catalog_annotation as rule

# noted is the input with one note of a code.
noted(code, note) := {
	"review": {"kind": {"group": "backstage.io", "version": "v1alpha1", "kind": "Component"}, "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"], "field": "spec.a"}, note)]}, "unknown": {}},
}

# said are the messages about one note.
said(note) := messages if {
	found := rule.deny with input as noted("malformed-annotation", note)
	messages := {f.msg | some f in found; f.path == ["spec", "a"]}
}

test_says_nothing_of_nothing if {
	found := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	found == set()
	other := rule.deny with input as noted("something-else", {"problem": "missing"})
	other == set()
}

test_tells_keys_and_what_was_meant if {
	found := said({"problem": "key", "key": "github.com/project_slug", "suggestion": "github.com/project-slug"})
	found == {"annotation \"github.com/project_slug\" is not known; did you mean \"github.com/project-slug\"?"}
}

test_tells_annotations_of_the_catalog if {
	found := said({"problem": "output", "key": "backstage.io/orphan"})
	found == {"annotation \"backstage.io/orphan\" is set by the catalog; in a file it misleads it"}
}

test_tells_values_of_another_form if {
	note := {"problem": "value", "key": "k", "form": "repository", "value": "https://h/a/b", "suggestion": "a/b"}
	said(note) == {"annotation \"k\" must be owner/repository, not \"https://h/a/b\"; did you mean \"a/b\"?"}
	secret := said({"problem": "value", "key": "k", "form": "integration-key"})
	secret == {"annotation \"k\" must be the integration key of 32 letters and digits"}
}

test_has_words_for_every_form if {
	unsaid := [form |
		some form in [
			"documentation", "entity", "integration-key", "label-value", "location", "namespace", "number", "object-names",
			"pipeline", "project", "project-path", "query", "repository", "selector", "service-id", "text", "url",
		]
		count(said({"problem": "value", "key": "k", "form": form, "value": "x"})) != 1
	]
	unsaid == []
}
