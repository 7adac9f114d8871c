package platlint.templates.template_secrets_test

import data.platlint.templates.template_secrets as rule

# noted is an object of which this was noted.
noted(code, problem) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "steps", 0], "text": "x"}, problem)]}, "unknown": {}},
}

test_says_what_was_noted_as_misplaced_secret if {
	problem := {"place": "if"}
	found := rule.deny with input as noted("misplaced-secret", problem)
	found == {{
		"msg": "secrets are nothing in a condition of a template",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_misplaced_secret_2 if {
	problem := {"place": "output"}
	found := rule.deny with input as noted("misplaced-secret", problem)
	found == {{
		"msg": "secrets are nothing in the output of a template",
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
