package platlint.templates.template_expression_test

import data.platlint.templates.template_expression as rule

# noted is an object of which this was noted.
noted(code, problem) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "steps", 0], "text": "x"}, problem)]}, "unknown": {}},
}

test_says_what_was_noted_as_malformed_expression if {
	problem := {"problem": "it ends"}
	found := rule.deny with input as noted("malformed-expression", problem)
	found == {{
		"msg": "the expression cannot be read and stays as it is: it ends",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_missing_dollar if {
	problem := {"written": "{{ parameters.a }}", "suggestion": "${{ parameters.a }}"}
	found := rule.deny with input as noted("missing-dollar", problem)
	found == {{
		"msg": "\"{{ parameters.a }}\" has no dollar sign and stays as it is; did you mean \"${{ parameters.a }}\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_that_one_brace_is_missing if {
	problem := {"written": "${ parameters.a }", "single-brace": true, "suggestion": "${{ parameters.a }}"}
	found := rule.deny with input as noted("missing-dollar", problem)
	found == {{
		"msg": "\"${ parameters.a }\" has one brace instead of two and stays as it is; did you mean \"${{ parameters.a }}\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_values_outside_skeleton if {
	problem := {"name": "values", "suggestion": "parameters.a"}
	found := rule.deny with input as noted("values-outside-skeleton", problem)
	found == {{
		"msg": "\"values\" is there only in skeletons, and is nothing in a template; did you mean \"parameters.a\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_unknown_name if {
	problem := {"name": "paramters", "suggestion": "parameters"}
	found := rule.deny with input as noted("unknown-name", problem)
	found == {{
		"msg": "there is no \"paramters\" in a template; did you mean \"parameters\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_unknown_name_2 if {
	problem := {"name": "user", "member": "name", "members": ["entity", "ref"]}
	found := rule.deny with input as noted("unknown-name", problem)
	found == {{
		"msg": "\"user\" has no \"name\", but \"entity\" and \"ref\"",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_unknown_name_3 if {
	problem := {"name": "each", "reason": "without-each"}
	found := rule.deny with input as noted("unknown-name", problem)
	found == {{
		"msg": "\"each\" is there only in the input and the condition of a step with \"each\"",
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
