package platlint.templates.template_required_test

import data.platlint.templates.template_required as rule

# noted is an object of which this was noted.
noted(code, problem) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "steps", 0], "text": "x"}, problem)]}, "unknown": {}},
}

test_says_what_was_noted_as_undeclared_required if {
	problem := {"name": "nmae", "later": false, "suggestion": "name"}
	found := rule.deny with input as noted("undeclared-required", problem)
	found == {{
		"msg": "\"nmae\" is required, but no form asks for it; did you mean \"name\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_undeclared_required_2 if {
	problem := {"name": "owner", "later": true}
	found := rule.deny with input as noted("undeclared-required", problem)
	found == {{
		"msg": "\"owner\" is required here, but only a later form asks for it",
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
