package platlint.templates.template_step_reference_test

import data.platlint.templates.template_step_reference as rule

# noted is an object of which this was noted.
noted(code, problem) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "steps", 0], "text": "x"}, problem)]}, "unknown": {}},
}

test_says_what_was_noted_as_unknown_step if {
	problem := {"id": "pubish", "suggestion": "publish"}
	found := rule.deny with input as noted("unknown-step", problem)
	found == {{
		"msg": "there is no step \"pubish\"; did you mean \"publish\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_later_step if {
	problem := {"id": "b", "is-itself": false}
	found := rule.deny with input as noted("later-step", problem)
	found == {{
		"msg": "the step \"b\" runs only after this one",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_later_step_2 if {
	problem := {"id": "b", "is-itself": true}
	found := rule.deny with input as noted("later-step", problem)
	found == {{
		"msg": "the step \"b\" reads its own output",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_dashed_step_id if {
	problem := {"name": "a-b", "suggestion": "steps['a-b']"}
	found := rule.deny with input as noted("dashed-step-id", problem)
	found == {{
		"msg": "\"steps.a-b\" is a subtraction: an id with a dash stands in brackets; did you mean \"steps['a-b']\"?",
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
