package platlint.gitops.appset_templated_project_test

import data.platlint.gitops.appset_templated_project as rule

test_a_project_from_a_repository_is_denied if {
	note := {"path": ["spec", "template", "spec", "project"], "value": "{{project}}", "generator": "git"}
	found := rule.deny with input as {"platform": {"problems": {"templated-project": [note]}, "unknown": {}}}
	found == {{"msg": "the project \"{{project}}\" is filled in by a generator (git) whose repositories others can write to", "path": ["spec", "template", "spec", "project"]}}
}

test_says_nothing_where_nothing_was_noted if {
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}}
	none == set()
}
