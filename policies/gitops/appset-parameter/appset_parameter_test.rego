package platlint.gitops.appset_parameter_test

import data.platlint.gitops.appset_parameter as rule

noted(code, details) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "a"]}, details)]}, "unknown": {}},
}

test_says_what_was_noted_as_unresolved_parameter_1 if {
	found := rule.deny with input as noted("unresolved-parameter", {"name": "evn", "suggestion": "env", "text": "{{evn}}"})
	found == {{"msg": "no generator offers the parameter \"evn\"; did you mean \"env\"?", "path": ["spec", "a"], "text": "{{evn}}"}}
}

test_says_what_was_noted_as_mixed_engine_2 if {
	found := rule.deny with input as noted("mixed-engine", {"name": "path", "suggestion": "{{.path.path}}", "text": "{{path}}"})
	found == {{"msg": "\"path\" is written for the other template engine; did you mean \"{{.path.path}}\"?", "path": ["spec", "a"], "text": "{{path}}"}}
}

test_says_what_was_noted_as_later_parameter_3 if {
	found := rule.deny with input as noted("later-parameter", {"name": "env", "text": "{{env}}"})
	found == {{"msg": "the parameter \"env\" comes from the second generator of the matrix, which is asked after this one", "path": ["spec", "a"], "text": "{{env}}"}}
}

test_says_what_was_noted_as_vanished_parameters_4 if {
	found := rule.deny with input as noted("vanished-parameters", {})
	found == {{"msg": "the chart has filled in the template itself: no parameter of the generators is left in it", "path": ["spec", "a"]}}
}

test_says_what_was_noted_as_malformed_template_5 if {
	found := rule.deny with input as noted("malformed-template", {"reason": "unclosed action"})
	found == {{"msg": "the template cannot be read: unclosed action", "path": ["spec", "a"]}}
}

test_says_nothing_where_nothing_was_noted if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}

test_hands_on_what_is_not_known if {
	unknown := {"platform": {"problems": {}, "unknown": {"unresolved-parameter": [{"path": ["spec"], "reason": "nobody knows"}]}}, "parameters": {}}
	found := rule.undecided with input as unknown
	found == {{"reason": "nobody knows", "path": ["spec"]}}
}
