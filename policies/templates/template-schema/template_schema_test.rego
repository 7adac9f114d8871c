package platlint.templates.template_schema_test

import data.platlint.templates.template_schema as rule

# noted is an object of which this was noted.
noted(code, problem) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "steps", 0], "text": "x"}, problem)]}, "unknown": {}},
}

test_says_what_was_noted_as_invalid_template if {
	problem := {"problem": "missing", "key": "steps"}
	found := rule.deny with input as noted("invalid-template", problem)
	found == {{
		"msg": "\"steps\" is missing",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_invalid_template_2 if {
	problem := {"problem": "empty", "key": "type"}
	found := rule.deny with input as noted("invalid-template", problem)
	found == {{
		"msg": "\"type\" is empty",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_invalid_template_3 if {
	problem := {"problem": "type", "key": "input", "expected": ["object"], "found": "array"}
	found := rule.deny with input as noted("invalid-template", problem)
	found == {{
		"msg": "\"input\" must be of type object, and is of type array",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_invalid_template_4 if {
	problem := {"problem": "unknown-key", "key": "inputs", "suggestion": "input"}
	found := rule.deny with input as noted("invalid-template", problem)
	found == {{
		"msg": "\"inputs\" is not read by the scaffolder; did you mean \"input\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_invalid_template_5 if {
	problem := {"problem": "version", "found": "scaffolder.backstage.io/v1beta2", "suggestion": "scaffolder.backstage.io/v1beta3"}
	found := rule.deny with input as noted("invalid-template", problem)
	found == {{
		"msg": "the scaffolder does not run templates of \"scaffolder.backstage.io/v1beta2\"; did you mean \"scaffolder.backstage.io/v1beta3\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_invalid_template_6 if {
	problem := {"problem": "schema-type", "found": "sting", "suggestion": "string"}
	found := rule.deny with input as noted("invalid-template", problem)
	found == {{
		"msg": "\"sting\" is no type of JSON Schema; did you mean \"string\"?",
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
