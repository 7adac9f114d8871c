package platlint.templates.template_skeleton_test

import data.platlint.templates.template_skeleton as rule

# noted is an object of which this was noted.
noted(code, problem) := {
	"review": {"operation": "CREATE", "object": {}},
	"parameters": {},
	"platform": {"problems": {code: [object.union({"path": ["spec", "steps", 0], "text": "x"}, problem)]}, "unknown": {}},
}

test_says_what_was_noted_as_missing_skeleton if {
	problem := {"url": "./skelton", "problem": "does not exist", "suggestion": "./skeleton"}
	found := rule.deny with input as noted("missing-skeleton", problem)
	found == {{
		"msg": "\"./skelton\" does not exist; did you mean \"./skeleton\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_skeleton_failed if {
	problem := {"file": "s/a.md", "line": 3, "problem": "x"}
	found := rule.deny with input as noted("skeleton-failed", problem)
	found == {{
		"msg": "the skeleton cannot be rendered: s/a.md:3: x",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_skeleton_failed_2 if {
	problem := {"file": "s/a.md", "problem": "x"}
	found := rule.deny with input as noted("skeleton-failed", problem)
	found == {{
		"msg": "the skeleton cannot be rendered: s/a.md: x",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_undeclared_value if {
	problem := {"file": "s/a.md", "line": 3, "name": "values.nmae", "suggestion": "values.name"}
	found := rule.deny with input as noted("undeclared-value", problem)
	found == {{
		"msg": "the step gives no \"values.nmae\", which s/a.md:3 prints; did you mean \"values.name\"?",
		"path": ["spec", "steps", 0],
		"text": "x",
	}}
}

test_says_what_was_noted_as_undeclared_value_2 if {
	problem := {"file": "s/a.md", "line": 3, "name": "github.ref", "is-other-root": true}
	found := rule.deny with input as noted("undeclared-value", problem)
	found == {{
		"msg": "there is no \"github.ref\" in skeletons: s/a.md:3 prints nothing instead",
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
