package platlint.templates.template_action_test

import data.platlint.templates.template_action as rule

# noted is an object of which this was noted.
noted(code, problem) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "steps", 0], "text": "x"}, problem)]}, "unknown": {}},
}

test_says_what_was_noted_as_unknown_action if {
	problem := {"action": "fetch:templat", "suggestion": "fetch:template"}
	found := rule.deny with input as noted("unknown-action", problem)
	found == {{
		"msg": "there is no action \"fetch:templat\"; did you mean \"fetch:template\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_unknown_input if {
	problem := {"action": "a", "key": "ulr", "suggestion": "url"}
	found := rule.deny with input as noted("unknown-input", problem)
	found == {{
		"msg": "a takes no \"ulr\"; did you mean \"url\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_which_inputs_exclude_each_other if {
	found := rule.deny with input as noted("unknown-input", {"action": "a", "key": "x", "other": "y"})
	found == {{
		"msg": "a takes either \"x\" or \"y\", not both",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_missing_input if {
	problem := {"action": "a", "keys": ["x", "y"]}
	found := rule.deny with input as noted("missing-input", problem)
	found == {{
		"msg": "a needs \"x\" or \"y\"",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_wrong_input_type if {
	problem := {"action": "a", "expected": ["boolean"], "found": "string"}
	found := rule.deny with input as noted("wrong-input-type", problem)
	found == {{
		"msg": "a takes a value of type boolean here, and this is of type string",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_wrong_input_type_2 if {
	problem := {"action": "a", "allowed": ["x", "y"], "found": "\"z\""}
	found := rule.deny with input as noted("wrong-input-type", problem)
	found == {{
		"msg": "a takes one of x, y here, and not \"z\"",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_nothing_of_other_codes_and_of_nothing if {
	other := rule.deny with input as noted("something-else", {})
	other == set()
	none := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	none == set()
}
