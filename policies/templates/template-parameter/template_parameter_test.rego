package platlint.templates.template_parameter_test

import data.platlint.templates.template_parameter as rule

# noted is an object of which this was noted.
noted(code, problem) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "steps", 0], "text": "x"}, problem)]}, "unknown": {}},
}

test_says_what_was_noted_as_undeclared_parameter if {
	problem := {"name": "nmae", "suggestion": "name"}
	found := rule.deny with input as noted("undeclared-parameter", problem)
	found == {{
		"msg": "no form asks for the parameter \"nmae\"; did you mean \"name\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_undeclared_parameter_2 if {
	problem := {"name": "x", "outer": "repo"}
	found := rule.deny with input as noted("undeclared-parameter", problem)
	found == {{
		"msg": "the parameter \"repo\" has no member \"x\"",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_undeclared_parameter_3 if {
	problem := {"name": "a-b", "dashed": true, "suggestion": "parameters['a-b']"}
	found := rule.deny with input as noted("undeclared-parameter", problem)
	found == {{
		"msg": "\"parameters.a-b\" is a subtraction: a name with a dash stands in brackets; did you mean \"parameters['a-b']\"?",
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
